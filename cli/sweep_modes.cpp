#include "cli/sweep_modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/bound/decay_model.h"
#include "sde/process/modal_system.h"

namespace adamsde {
namespace {

// What a page is to carry, and a browser to compute at every move of a slider.
constexpr Eigen::Index kMostModes = 600;
constexpr Eigen::Index kMostDenseModes = 300;
constexpr Eigen::Index kMostRotatingModes = 60;
constexpr Eigen::Index kMostNodes = 20000;

/// Options that the knobs set, or that `bound` has no use for.
constexpr std::array kLeftOut = {"weight-decay", "learning-rate",
                                 "batch-size",   "prior-variance",
                                 "num-samples",  "failure-probability",
                                 "lambda-min",   "lambda-max",
                                 "points",       "gap",
                                 "map",          "map-min",
                                 "map-max",      "map-points",
                                 "time-step",    "prior-variance-grid"};

std::string BoundCommand(const std::vector<std::string>& command_line) {
  std::string command = "adamsde bound";
  for (std::size_t k = 2; k < command_line.size(); ++k) {
    const std::string& word = command_line[k];
    const std::string name = word.substr(2, word.find_first_of(" =") - 2);
    if (std::find(kLeftOut.begin(), kLeftOut.end(), name) == kLeftOut.end()) command += " " + word;
  }
  return command;
}

/// Knobs that Q or C depends on in a way that the modes do not know.
Json FixedKnobs(const Options& options) {
  Json fixed = Json::object();
  if (options.preconditioner == "self-consistent") {
    for (const char* const knob : {"weightDecay", "learningRate", "batchSize"}) {
      fixed[knob] = "fixed: the self-consistent preconditioner depends on it";
    }
  } else if (options.preconditioner == "minibatch") {
    fixed["batchSize"] = "fixed: the preconditioner depends on it";
  } else if (options.gradient_noise != "hessian") {
    fixed["batchSize"] = "fixed: the gradient noise is given for this batch size";
  }
  return fixed;
}

/// Whether the law has no coordinates in which it is diagonal at every λ.
bool Rotates(const OptimizerProblem& problem, const Options& options) {
  return !DecayModel::FromProblem(problem.quadratic, problem.hyper, problem.preconditioner,
                                  ParsePosteriorMean(options.posterior_mean), options.range_only);
}

std::string WhyNone(const ModalSystem& system, bool rotates) {
  if (system.Dimension() > kMostModes) {
    return fmt::format("more than {} parameters", kMostModes);
  }
  if (!system.noise_is_diagonal && system.Dimension() > kMostDenseModes) {
    return fmt::format("more than {} parameters, with noise that is not H/b", kMostDenseModes);
  }
  if (!(system.curvatures(0) > 0)) return "the hessian is singular";
  if (rotates && system.Dimension() > kMostRotatingModes) {
    return fmt::format(
        "this law of l2-adam turns with lambda, so that each lambda takes an eigendecomposition: "
        "too slow for a page above {} parameters",
        kMostRotatingModes);
  }
  return "";
}

}  // namespace

void AddModes(const OptimizerProblem& problem, const Arguments& arguments, Result& result) {
  const Options& options = arguments.options;
  Hyperparameters zero = problem.hyper;
  zero.weight_decay = 0;
  const ModalSystem system = MakeModalSystem(problem.quadratic, zero, problem.preconditioner);
  const bool rotates = system.curvatures(0) > 0 && Rotates(problem, options);
  if (const std::string why = WhyNone(system, rotates); !why.empty()) {
    SetNull(result.Root(), "modes", why);
    return;
  }
  const Eigen::MatrixXd gram = system.from_modal.transpose() * system.from_modal;
  Eigen::MatrixXd modes(system.Dimension(), 4);
  modes.col(0) = system.curvatures;
  modes.col(1).setOnes();
  if (problem.hyper.optimizer == OptimizerKind::kL2Adam) modes.col(1) = gram.diagonal();
  modes.col(2) = 0.5 * system.noise.diagonal();
  modes.col(3) = system.to_modal * problem.quadratic.minimizer;
  result.AddArray("modes.npy", modes);
  result.AddArray("modes_gram.npy", gram);
  if (!system.noise_is_diagonal) result.AddArray("modes_noise.npy", system.noise);
  result.Root()["modes"] = {{"rotates", rotates},
                            {"log_det_q", system.preconditioner_log_det},
                            {"minimizer_square", problem.quadratic.minimizer.squaredNorm()},
                            {"fixed", FixedKnobs(options)},
                            {"command", BoundCommand(arguments.command_line)}};
}

void AddNodes(const PolicyNodes& nodes, double dimension, const Arguments& arguments,
              Result& result) {
  if (nodes.values.size() > kMostNodes) {
    SetNull(result.Root(), "modes", fmt::format("more than {} nodes", kMostNodes));
    return;
  }
  Eigen::MatrixXd table(nodes.values.size(), 2);
  table.col(0) = nodes.values;
  table.col(1) = nodes.weights;
  result.AddArray("nodes.npy", table);
  result.Root()["modes"] = {{"dimension", dimension},
                            {"fixed", Json::object()},
                            {"command", BoundCommand(arguments.command_line)}};
}

}  // namespace adamsde
