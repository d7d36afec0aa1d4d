#include "cli/option_groups.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cli/build_facts.h"

namespace adamsde {
namespace {

/// "a, b or c": the choices of an option, before what else there is to say.
std::string Either(const char* option) {
  const std::vector<std::string>& names = OptionChoices().at(option);
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 < names.size() ? ", " : " or ") + names[i];
  }
  return text;
}

// What an option takes, for --help and for completions.
const char* const kFile = "FILE";
const char* const kFolder = "FOLDER";
const char* const kName = "NAME";
const char* const kNameOrFile = "NAME|FILE";

void AddProblem(CLI::App& app, Options& o) {
  const char* const group = "Problem (one of --problem, --hessian, --drift, --dataset, --spectrum)";
  app.add_option("--problem", o.problem, Either("problem") + ", or a .toml file")
      ->type_name(kNameOrFile)
      ->group(group);
  app.add_option("--hessian", o.hessian, "H: .npy, .csv or .mtx")->type_name(kFile)->group(group);
  app.add_option("--minimizer", o.minimizer, "x* (default 0)")->type_name(kFile)->group(group);
  app.add_option("--drift", o.drift, "A of dx = -A(x-c)dt + B dW (posterior, simulate)")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--diffusion", o.diffusion, "B, d x k")->type_name(kFile)->group(group);
  app.add_option("--center", o.center, "c (default 0)")->type_name(kFile)->group(group);
  app.add_option("--dataset", o.dataset,
                 "CSV of numbers with a target column, or IDX images (pixels/255); also .gz")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--labels", o.labels, "IDX labels (default: the images' name, as MNIST has it)")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--model", o.model, Either("model"))->type_name(kName)->group(group);
  app.add_option("--target", o.target,
                 "header name or 1-based number (default: last column); a,b,c: one-hot columns")
      ->group(group);
  app.add_option("--positive-class", o.positive_class, "logistic: this class against the rest")
      ->group(group);
  app.add_option("--ridge", o.ridge, "r of (r/2)|x|^2")->group(group);
  app.add_flag("--standardize", o.standardize, "features to mean 0, standard deviation 1")
      ->group(group);
  app.add_flag("--no-intercept", o.no_intercept, "no column of ones")->group(group);
  app.add_option("--train-rows", o.train_rows, "the first N rows train (default: all but the test)")
      ->group(group);
  app.add_option("--test-rows", o.test_rows, "the last N rows test (default: none)")->group(group);
  app.add_option("--gradient-noise", o.gradient_noise,
                 "C: hessian (H/b), empirical (from the dataset), or a file")
      ->type_name(kNameOrFile)
      ->group(group);
  app.add_option("--sampling", o.sampling, "minibatches: " + Either("sampling"))
      ->type_name(kName)
      ->group(group);
  app.add_option("--spectrum", o.spectrum,
                 "eigenvalues and weights: .npz, .json, or text (bound, sweep)")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--dimension", o.dimension, "d of a spectrum")->group(group);
}

void AddOptimizer(CLI::App& app, Options& o) {
  const char* const group = "Optimizer (beta: weight of the NEW gradient, 1 - PyTorch's)";
  app.add_option("--optimizer", o.optimizer, Either("optimizer"))->type_name(kName)->group(group);
  app.add_option("--learning-rate", o.hyper.learning_rate, "eta > 0")->group(group);
  app.add_option("--weight-decay", o.hyper.weight_decay, "lambda >= 0")->group(group);
  app.add_option("--batch-size", o.hyper.batch_size, "b >= 1")->group(group);
  app.add_option("--beta1", o.hyper.beta1, "in (0, 1]; 1: no momentum")->group(group);
  app.add_option("--beta2", o.hyper.beta2, "in (0, 1]")->group(group);
  app.add_option("--delta", o.hyper.delta, "> 0, inside the root")->group(group);
  app.add_option("--preconditioner", o.preconditioner,
                 "Q: " + Either("preconditioner") + ", or a file with its diagonal")
      ->type_name(kNameOrFile)
      ->group(group);
  app.add_option("--convention-optimizer", o.convention_optimizer,
                 "paper or pytorch: bias correction, delta outside the root, and --beta1, --beta2 "
                 "read as weights of the OLD (default 0.9, 0.999)")
      ->type_name(kName)
      ->group(group);
}

void AddBound(CLI::App& app, Options& o) {
  const char* const group = "Bound";
  app.add_option("--prior-variance", o.bound.prior_variance, "rho > 0")->group(group);
  app.add_option("--num-samples", o.bound.num_samples, "n (default for data: its rows)")
      ->group(group);
  app.add_option("--failure-probability", o.bound.failure_probability, "tau in (0, 1)")
      ->group(group);
  app.add_option("--convention", o.convention, Either("convention"))
      ->type_name(kName)
      ->group(group);
  app.add_option("--posterior-mean", o.posterior_mean, Either("posterior-mean"))
      ->type_name(kName)
      ->group(group);
  app.add_option("--empirical-risk", o.empirical_risk, "in [0, 1]: adds Maurer, Seeger, Catoni")
      ->group(group);
  app.add_option("--catoni-parameter", o.catoni_parameter, "gamma > 0")->group(group);
  app.add_option("--catoni-grid", o.catoni_grid, "gamma from MIN:MAX:COUNT, at a union price")
      ->group(group);
  app.add_option("--prior-variance-grid", o.prior_variance_grid,
                 "rho from MIN:MAX:COUNT by the data, at a union price (bound)")
      ->group(group);
  app.add_flag("--range-only", o.range_only, "restrict to the range of a singular covariance")
      ->group(group);
  app.add_option("--negative", o.negative, "negative eigenvalues: " + Either("negative"))
      ->type_name(kName)
      ->group(group);
  app.add_option("--floor", o.floor, "smallest eigenvalue of a spectrum")->group(group);
}

void AddEnsemble(CLI::App& app, Options& o) {
  const char* const group = "Ensemble (simulate)";
  app.add_option("--scheme", o.scheme, Either("scheme"))->type_name(kName)->group(group);
  app.add_option("--precision", o.precision, "of states and normals: " + Either("precision"))
      ->type_name(kName)
      ->group(group);
  app.add_option("--time-step", o.time_step, "h (default: the learning rate)")->group(group);
  app.add_option("--chains", o.chains, "N")->group(group);
  app.add_option("--steps", o.steps, "after burn-in (default: by --target-error)")->group(group);
  app.add_option("--burn-in", o.burn_in, "steps (default: exact)")->group(group);
  app.add_option("--record-every", o.record_every, "steps (default: by autocorrelation)")
      ->group(group);
  app.add_option("--replicates", o.replicates, "groups of chains for standard errors")
      ->group(group);
  app.add_option("--target-error", o.target_error, "relative, of the covariance")->group(group);
  app.add_option("--initial", o.initial, "initial states, 1 x d or N x d (default: the mean)")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--samples", o.samples, "keep the records in FILE.npy (N x records x d)")
      ->type_name(kFile)
      ->group(group);
  app.add_flag("--plan-only", o.plan_only, "print the plan and stop")->group(group);
  app.add_option("--checkpoint", o.checkpoint, "keep the state of the run in FILE")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--checkpoint-every", o.checkpoint_every, "seconds between checkpoints")
      ->group(group);
  app.add_option("--time-limit", o.time_limit,
                 "seconds from the start: save and exit with 130 before")
      ->group(group);
  app.add_option("--resume", o.resume,
                 "go on from a checkpoint (may be --checkpoint's FILE, even before it exists)")
      ->type_name(kFile)
      ->group(group);
  // Read as unsigned, -1 would be 2^64 - 1.
  const auto refuse_negative = [](const std::string& text) {
    return text.starts_with('-') ? text + " is not allowed (must be >= 0)" : std::string();
  };
  app.add_option("--seed", o.seed, "")
      ->check(CLI::Validator(refuse_negative, "", "non-negative"))
      ->group(group);
  app.add_option("--threads", o.threads, "0: all cores; never changes a result")->group(group);
}

void AddCheck(CLI::App& app, Options& o) {
  app.add_option("--identity-tolerance", o.identity_tolerance, "relative")->group("Check");
  app.add_option("--approximation-tolerance", o.approximation_tolerance, "relative")
      ->group("Check");
  app.add_option("--order-tolerance", o.order_tolerance, "C3-order: share out of order")
      ->group("Check");
  app.add_option("--family-wise-error", o.family_wise_error, "of all sampled tests")
      ->group("Check");
  app.add_option("--ladder", o.ladder, "full, closed (nothing sampled) or none")
      ->type_name(kName)
      ->group("Check");
  app.add_option("--ladder-budget", o.ladder_budget,
                 "core-seconds of one sampled rung or claim, about")
      ->group("Check");
}

void AddSpectrum(CLI::App& app, Options& o) {
  const char* const group = "Spectrum by Lanczos quadrature";
  app.add_option("--spectrum-runs", o.spectrum_runs, "random probes")->group(group);
  app.add_option("--lanczos-steps", o.lanczos_steps, "nodes per run")->group(group);
  app.add_option("--probe", o.probe, Either("probe"))->type_name(kName)->group(group);
  app.add_flag("--matrix-free", o.matrix_free,
               "bound, sweep: products with H only, no d x d matrix")
      ->group(group);
}

void AddSweep(CLI::App& app, Options& o) {
  app.add_option("--lambda-min", o.lambda_min, "")->group("Sweep");
  app.add_option("--lambda-max", o.lambda_max, "")->group("Sweep");
  app.add_option("--points", o.points, "")->group("Sweep");
  app.add_option("--gap", o.gap, "relative, to which minima are certified")->group("Sweep");
  app.add_option("--map", o.map,
                 "table over lambda x learning-rate, batch-size, prior-variance or num-samples")
      ->type_name(kName)
      ->group("Sweep");
  app.add_option("--map-min", o.map_min, "")->group("Sweep");
  app.add_option("--map-max", o.map_max, "")->group("Sweep");
  app.add_option("--map-points", o.map_points, "")->group("Sweep");
}

void AddConverge(CLI::App& app, Options& o) {
  const char* const group = "Converge (one of --theorem, --surrogate, --complexity)";
  app.add_option("--theorem", o.theorem, Either("theorem"))->group(group);
  app.add_flag("--surrogate", o.surrogate, "what AdamW descends: F or F_k")->group(group);
  app.add_flag("--complexity", o.complexity, "all complexities, measured where feasible")
      ->group(group);
  app.add_option("--loss", o.loss,
                 "least-square, saturating, pl, rank-deficient or dataset (default: by theorem)")
      ->type_name(kName)
      ->group(group);
  app.add_option("--epsilon", o.epsilon, "target")->group(group);
  app.add_option("--runs", o.runs, "independent runs (default 64; theorem 1: 1024)")->group(group);
  app.add_option("--horizons", o.horizons, "theorem 1: k, separated by commas")->group(group);
  app.add_option("--alpha", o.alpha, "theorem 1: > 0")->group(group);
  app.add_option("--iterations", o.iterations,
                 "most iterations per run (default 1e8); --surrogate: how many (default 20000)")
      ->group(group);
  app.add_option("--smoothness", o.smoothness, "L (default: the loss's)")->group(group);
  app.add_option("--gradient-bound", o.gradient_bound, "c_inf, noise included")->group(group);
  app.add_option("--noise-variance", o.noise_variance, "sigma^2 of one sample")->group(group);
  app.add_option("--gap0", o.gap0, "Delta = F(x0) - F*")->group(group);
  app.add_option("--pl-constant", o.pl_constant, "mu")->group(group);
  app.add_option("--noise", o.noise, "two-point (bounded) or gaussian")
      ->type_name(kName)
      ->group(group);
  app.add_option("--noise-scale", o.noise_scale, "standard deviation per component of one sample")
      ->group(group);
  app.add_option("--initial-value", o.initial_value, "every component of x0")->group(group);
  app.add_option("--target-mean", o.target_mean, "least-square: mean of xi; saturating: minimizer")
      ->group(group);
  app.add_option("--loss-scale", o.loss_scale, "saturating: factor of the loss")->group(group);
  app.add_option("--radius", o.radius, "|x| <= R is where the constants are taken")->group(group);
  app.add_option("--rate", o.rate, "theorem 4: " + Either("rate"))->type_name(kName)->group(group);
  app.add_option("--decay-schedule", o.decay_schedule,
                 "lambda_k: constant, exponential (AdamW-D, l2-Adam-D) or second-moment (theorems "
                 "2 to 4 by default)")
      ->type_name(kName)
      ->group(group);
  app.add_option("--decay-ratio", o.decay_ratio, "exponential: lambda_k = lambda ratio^k")
      ->group(group);
}

void AddOutput(CLI::App& app, Options& o, bool& dump_config) {
  const char* const group = "Output";
  app.add_flag("--json", o.json, "result.json on standard output")
      ->group(group)
      ->configurable(false);
  app.add_option("--out", o.out, "folder for result.json and arrays")
      ->type_name(kFolder)
      ->group(group);
  app.add_option("--report", o.report, "one self-contained page, FILE.html")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--plot", o.plot, "one figure for a paper: FILE.svg or .png")
      ->type_name(kFile)
      ->group(group);
  app.add_option("--figure", o.figure, "which figure --plot draws (default: the first)")
      ->type_name(kName)
      ->group(group);
  app.add_option("--progress", o.progress, Either("progress"))->type_name(kName)->group(group);
  app.set_config("--config", "", "TOML with the same keys; flags win")
      ->type_name(kFile)
      ->group(group);
  app.add_flag("--dump-config", dump_config, "print the configuration in force and stop")
      ->group(group)
      ->configurable(false);
  app.set_version_flag("--version", BuildFacts, "version, and how this program was built")
      ->group(group);
}

}  // namespace

namespace {

bool IsWholeNumber(const CLI::Option* option) {
  const std::string type = option->get_type_name();
  return type == "INT" || type == "UINT";
}

const std::string kLargestUint = std::to_string(std::numeric_limits<std::uint64_t>::max());

/// CLI11 would take 010 for 8, 0x10 for 16 and what is too large for the largest. Zeros in front
/// go; returns what is wrong.
std::string MakeDecimal(std::string& text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const std::size_t digits = text.size() - sign;
  if (digits == 0 || text.find_first_not_of("0123456789", sign) != std::string::npos) {
    return text.empty() ? "" : text + " is not a whole decimal number";
  }
  text.erase(sign, std::min(text.find_first_not_of('0', sign), text.size() - 1) - sign);
  if (text.size() - sign > 20 || (text.size() - sign == 20 && text.substr(sign) > kLargestUint)) {
    return text + " is too large";
  }
  return "";
}

}  // namespace

void AddOptions(CLI::App& app, Options& options, bool& dump_config) {
  AddProblem(app, options);
  AddOptimizer(app, options);
  AddBound(app, options);
  AddEnsemble(app, options);
  AddCheck(app, options);
  AddSpectrum(app, options);
  AddSweep(app, options);
  AddConverge(app, options);
  AddOutput(app, options, dump_config);
  for (CLI::Option* const option : app.get_options(IsWholeNumber)) {
    option->transform(CLI::Validator(MakeDecimal, ""));
  }
}

}  // namespace adamsde
