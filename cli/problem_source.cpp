#include "cli/problem_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <vector>

#include "cli/io/csv.h"
#include "cli/io/matrix.h"
#include "cli/io/spectrum.h"
#include "cli/io/text.h"
#include "cli/machine.h"

namespace adamsde {
namespace {

/// Matrices of d×d that the closed forms and eigensolvers hold at once, at most.
constexpr double kWorkMatrices = 24;

void RequireMemoryFor(Eigen::Index dimension) {
  const auto d = static_cast<double>(dimension);
  RequireMemory(kWorkMatrices * d * d * sizeof(double),
                fmt::format("a problem of dimension {}", dimension));
}

/// A matrix option: written out in the problem's TOML, or a file.
LoadedMatrix MatrixOption(const Options& options, const std::string& name,
                          const std::string& value) {
  const auto inlined = options.inline_matrices.find(name);
  if (inlined != options.inline_matrices.end()) {
    if (!inlined->second.allFinite()) {
      throw std::invalid_argument(fmt::format("{} has a non-finite entry", name));
    }
    return {.values = inlined->second, .is_float32 = false};
  }
  return ReadMatrix(value);
}

Eigen::VectorXd VectorOption(const Options& options, const std::string& name,
                             const std::string& value, Eigen::Index dimension) {
  if (value.empty()) return Eigen::VectorXd::Zero(dimension);
  const Eigen::MatrixXd matrix = MatrixOption(options, name, value).values;
  if (matrix.size() != dimension || (matrix.rows() != 1 && matrix.cols() != 1)) {
    throw std::invalid_argument(fmt::format("{} is {}x{} (must be a vector of length {})", name,
                                            matrix.rows(), matrix.cols(), dimension));
  }
  return matrix.reshaped();
}

Eigen::MatrixXd PsdOption(const Options& options, const char* name, const std::string& value) {
  const LoadedMatrix loaded = MatrixOption(options, name, value);
  RequireMemoryFor(loaded.values.rows());
  return SymmetricPsd(loaded.values, name,
                      loaded.is_float32 ? kFloat32Tolerance : SymmetryTolerance{});
}

Eigen::MatrixXd GradientNoise(const Options& options, const QuadraticProblem& quadratic,
                              const SampledLoss* loss) {
  if (options.gradient_noise == "hessian") {
    return quadratic.hessian / static_cast<double>(options.hyper.batch_size);
  }
  if (options.gradient_noise == "empirical") {
    if (loss == nullptr) {
      throw std::invalid_argument(
          "gradient-noise = empirical needs a --dataset (a quadratic has no samples)");
    }
    RequireMemory(2.0 * sizeof(double) * static_cast<double>(loss->NumSamples()) *
                      static_cast<double>(loss->Dimension()),
                  "the gradients of all samples");
    return EmpiricalGradientNoise(*loss, quadratic.minimizer, options.hyper.batch_size,
                                  ParseSampling(options.sampling));
  }
  return PsdOption(options, "gradient-noise", options.gradient_noise);
}

Preconditioner PreconditionerOption(const Options& options, const QuadraticProblem& quadratic,
                                    const Hyperparameters& hyper,
                                    std::optional<SelfConsistentPreconditioner>& fixed_point) {
  const std::string& name = options.preconditioner;
  if (name == "lemma5") return MakePreconditioner(PreconditionerKind::kLemma5, quadratic, hyper);
  if (name == "minibatch") {
    return MakePreconditioner(PreconditionerKind::kMinibatch, quadratic, hyper);
  }
  if (name == "self-consistent") {
    fixed_point = FindSelfConsistentPreconditioner(quadratic, hyper);
    return Preconditioner::Diagonal(fixed_point->q);
  }
  if (name == "identity") {
    return MakePreconditioner(PreconditionerKind::kIdentity, quadratic, hyper);
  }
  const bool is_file = options.inline_matrices.contains("preconditioner") ||
                       std::filesystem::path(name).has_extension();
  if (!is_file) RequireChoice("preconditioner", name);
  return Preconditioner::Diagonal(
      VectorOption(options, "preconditioner", name, quadratic.Dimension()));
}

/// q from diag H alone, for C = H/b.
Eigen::VectorXd DiagonalQ(const Options& options, const Hyperparameters& hyper,
                          const Eigen::VectorXd& diagonal) {
  if (options.gradient_noise != "hessian") {
    throw std::invalid_argument(fmt::format(
        "gradient-noise = {} is not allowed with --matrix-free (Theorem 6 is about C = H/b)",
        options.gradient_noise));
  }
  const std::string& name = options.preconditioner;
  const auto b = static_cast<double>(hyper.batch_size);
  if (name == "identity") return Eigen::VectorXd::Ones(diagonal.size());
  if (name == "minibatch") return InverseRoot(diagonal / b, hyper);
  if (name == "lemma5") {
    Eigen::Index at = 0;
    if (!(diagonal.minCoeff(&at) > 0)) {
      throw std::domain_error(fmt::format(
          "no lemma5 preconditioner (hessian entry {0},{0} is {1}) use --ridge or minibatch",
          at + 1, diagonal(at)));
    }
    return diagonal.array().rsqrt();
  }
  const bool is_file = options.inline_matrices.contains("preconditioner") ||
                       std::filesystem::path(name).has_extension();
  if (!is_file) {
    throw std::invalid_argument(fmt::format(
        "preconditioner = '{}' is not allowed with --matrix-free (lemma5, minibatch, identity or a "
        "file)",
        name));
  }
  Eigen::VectorXd q = VectorOption(options, "preconditioner", name, diagonal.size());
  static_cast<void>(Preconditioner::Diagonal(q));  // refuses what is not positive
  return q;
}

OptimizerProblem LoadOptimizerProblem(const Options& options, Problem& problem) {
  const Hyperparameters hyper = options.ParseHyperparameters();
  static_cast<void>(ParseSampling(options.sampling));
  QuadraticProblem quadratic;
  const SampledLoss* loss = nullptr;
  if (!options.dataset.empty()) {
    problem.data = std::make_shared<const DatasetProblem>(LoadDatasetProblem(options));
    loss = problem.data->loss.get();
    problem.rows = loss->NumSamples();
    RequireMemoryFor(loss->Dimension());
    quadratic.minimizer = loss->Minimizer();
    quadratic.hessian = SymmetricPsd(loss->Hessian(quadratic.minimizer), "hessian");
  } else {
    quadratic.hessian = PsdOption(options, "hessian", options.hessian);
    quadratic.minimizer =
        VectorOption(options, "minimizer", options.minimizer, quadratic.hessian.rows());
  }
  quadratic.gradient_noise = GradientNoise(options, quadratic, loss);
  Validate(quadratic);
  std::optional<SelfConsistentPreconditioner> fixed_point;
  Preconditioner preconditioner = PreconditionerOption(options, quadratic, hyper, fixed_point);
  return {.quadratic = std::move(quadratic),
          .hyper = hyper,
          .preconditioner = std::move(preconditioner),
          .fixed_point = std::move(fixed_point)};
}

LinearSde LoadGeneral(const Options& options) {
  if (options.diffusion.empty()) throw std::invalid_argument("--drift needs a --diffusion");
  LinearSde sde;
  sde.drift = MatrixOption(options, "drift", options.drift).values;
  RequireMemoryFor(sde.drift.rows());
  sde.diffusion = MatrixOption(options, "diffusion", options.diffusion).values;
  sde.center = VectorOption(options, "center", options.center, sde.drift.rows());
  Validate(sde);
  return sde;
}

SpectrumRuns LoadSpectrum(const Options& options) {
  if (options.dimension == 0) {
    throw std::invalid_argument("--spectrum needs --dimension (the number of parameters)");
  }
  if (!(options.dimension >= 1 && options.dimension < 1e15)) {
    throw std::invalid_argument(
        fmt::format("dimension = {} is not allowed (must be >= 1)", options.dimension));
  }
  SpectrumRuns spectrum = ReadSpectrum(options.spectrum);
  spectrum.SetDimension(options.dimension);
  return spectrum;
}

void RequireOneSource(const Options& options) {
  const int sources =
      static_cast<int>(!options.hessian.empty()) + static_cast<int>(!options.drift.empty()) +
      static_cast<int>(!options.dataset.empty()) + static_cast<int>(!options.spectrum.empty());
  if (sources == 0) {
    throw std::invalid_argument(
        "no problem given (its TOML file names no hessian, drift, dataset or spectrum)");
  }
  if (sources > 1) {
    throw std::invalid_argument(
        "two problems at once (choose one of --problem, --hessian, --drift, --dataset, "
        "--spectrum)");
  }
  if (options.drift.empty() && !(options.diffusion.empty() && options.center.empty())) {
    throw std::invalid_argument("--diffusion and --center go with --drift (there is none)");
  }
}

}  // namespace

Eigen::Index Problem::Dimension() const {
  if (optimizer) return optimizer->quadratic.Dimension();
  if (general) return general->Dimension();
  if (matrix_free) return matrix_free->minimizer.size();
  return static_cast<Eigen::Index>(spectrum->Dimension());
}

Problem LoadProblem(const Options& options) {
  RequireOneSource(options);
  if (options.matrix_free) {
    throw std::invalid_argument(
        "--matrix-free goes with bound and sweep (the other commands need the matrix)");
  }
  Problem problem;
  if (!options.drift.empty()) {
    problem.general = LoadGeneral(options);
  } else if (!options.spectrum.empty()) {
    problem.spectrum = LoadSpectrum(options);
  } else {
    problem.optimizer = LoadOptimizerProblem(options, problem);
  }
  return problem;
}

Problem LoadMatrixFreeProblem(const Options& options, PreconditionerUse use) {
  RequireOneSource(options);
  if (!options.drift.empty() || !options.spectrum.empty()) {
    throw std::invalid_argument(
        "Lanczos does not take --drift or --spectrum (use --problem, --hessian or --dataset)");
  }
  MatrixFreeProblem p;
  p.hyper = options.ParseHyperparameters();
  Problem problem;
  Eigen::VectorXd diagonal;
  if (!options.dataset.empty()) {
    p.data = std::make_shared<const DatasetProblem>(LoadDatasetProblem(options));
    problem.data = p.data;
    problem.rows = p.data->loss->NumSamples();
    if (options.model != "softmax") {  // which alone finds its minimizer without a matrix
      const auto d = static_cast<double>(p.data->loss->Dimension());
      RequireMemory(4 * d * d * sizeof(double),
                    fmt::format("the minimizer of {} in dimension {}", options.model, d));
    }
    p.minimizer = p.data->loss->Minimizer();
    p.hessian_times = p.data->loss->HessianOperator(p.minimizer);
    diagonal = p.data->loss->HessianDiagonal(p.minimizer);
  } else {
    p.dense = PsdOption(options, "hessian", options.hessian);
    p.minimizer = VectorOption(options, "minimizer", options.minimizer, p.dense->rows());
    p.hessian_times = [h = *p.dense](const Eigen::MatrixXd& v) -> Eigen::MatrixXd { return h * v; };
    diagonal = p.dense->diagonal();
  }
  p.q = use == PreconditionerUse::kDiagonal ? DiagonalQ(options, p.hyper, diagonal)
                                            : Eigen::VectorXd::Ones(p.minimizer.size());
  problem.matrix_free = std::move(p);
  return problem;
}

const OptimizerProblem& RequireOptimizerProblem(const Problem& problem,
                                                const std::string& command) {
  if (!problem.optimizer) {
    throw std::invalid_argument(fmt::format(
        "{} does not take {} use --problem, --hessian or --dataset", command,
        problem.general ? "a general linear SDE (--drift)" : "a spectrum (--spectrum)"));
  }
  return *problem.optimizer;
}

}  // namespace adamsde
