#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/bound/corollary3.h"
#include "analysis/bound/sweep.h"
#include "analysis/convergence/experiment.h"
#include "analysis/spectrum/lanczos.h"
#include "sde/ensemble/sampled_system.h"
#include "sde/parallel/rank_group.h"
#include "sde/problem/hyperparameters.h"
#include "sde/problem/loss.h"

namespace adamsde {

/// Everything the command line and the TOML files can say, as text where it names something. One
/// field per option, in the order of `adamsde --help`.
struct Options {
  // Problem
  std::string problem = "quickstart";
  std::string hessian;
  std::string minimizer;
  std::string drift;
  std::string diffusion;
  std::string center;
  std::string dataset;
  std::string labels;
  std::string model;
  std::string target;
  std::string positive_class;
  double ridge = 0;
  bool standardize = false;
  bool no_intercept = false;
  std::optional<std::int64_t> train_rows;
  std::int64_t test_rows = 0;
  std::string gradient_noise = "hessian";
  std::string sampling = "replacement";
  std::string spectrum;
  double dimension = 0;
  // Optimizer
  std::string optimizer = "adamw";
  std::string preconditioner = "lemma5";
  std::string convention_optimizer = "paper";
  Hyperparameters hyper;
  // Bound
  BoundSettings bound;
  std::string convention = "derived";
  std::string posterior_mean = "stationary";
  std::optional<double> empirical_risk;
  double catoni_parameter = 1;
  std::string catoni_grid;
  std::string prior_variance_grid;
  bool range_only = false;
  std::string negative = "absolute";
  double floor = 0;
  // Ensemble
  std::string scheme = "auto";
  std::string precision = "double";
  std::optional<double> time_step;
  std::int64_t chains = 1024;
  std::optional<std::int64_t> steps;
  std::optional<std::int64_t> burn_in;
  std::optional<std::int64_t> record_every;
  std::int64_t replicates = 32;
  double target_error = 0.01;
  std::string initial;
  std::string samples;
  bool plan_only = false;
  std::string checkpoint;
  double checkpoint_every = 300;
  std::optional<double> time_limit;
  std::string resume;
  std::uint64_t seed = 1;
  int threads = 0;
  // Check
  double identity_tolerance = 1e-8;
  double approximation_tolerance = 0.05;
  double order_tolerance = 0.5;
  double family_wise_error = 1e-3;
  std::string ladder = "full";
  double ladder_budget = 120;
  // Spectrum
  int spectrum_runs = 10;
  int lanczos_steps = 80;
  std::string probe = "rademacher";
  bool matrix_free = false;
  // Sweep
  double lambda_min = 0;
  double lambda_max = 10;
  int points = 121;
  double gap = 1e-9;
  std::string map;
  double map_min = 0;
  double map_max = 0;
  int map_points = 21;
  // Converge
  int theorem = 0;
  bool complexity = false;
  bool surrogate = false;
  std::string loss;
  double epsilon = 0.1;
  std::optional<std::int64_t> runs;
  std::string horizons = "10,30,100,300,1000,3000,10000";
  double alpha = 0.5;
  std::optional<double> iterations;
  std::optional<double> smoothness;
  std::optional<double> gradient_bound;
  std::optional<double> noise_variance;
  std::optional<double> gap0;
  std::optional<double> pl_constant;
  std::string noise = "two-point";
  std::optional<double> noise_scale;
  std::optional<double> initial_value;
  double target_mean = 0;
  double loss_scale = 1;
  std::optional<double> radius;
  std::string rate = "constant";
  std::string decay_schedule;
  double decay_ratio = 0.999;
  // Output
  bool json = false;
  std::string out;
  std::string report;
  std::string plot;
  std::string figure;
  std::string folder;  ///< of `report`: an earlier --out
  std::string progress = "auto";

  RankGroup* ranks = &Alone();  ///< the processes that share the run

  /// Of the optimizer, with β as weight of the new gradient whatever convention is in force.
  [[nodiscard]] Hyperparameters ParseHyperparameters() const;

  /// Matrices written out in a problem's TOML, by option name; the option itself then says
  /// "inline".
  std::map<std::string, Eigen::MatrixXd> inline_matrices;

  [[nodiscard]] double TimeStep() const { return time_step.value_or(hyper.learning_rate); }
};

/// The names that options with a list of them take (some take a file as well): what the parser,
/// --help, the manual page and the shells' completions know. By option, in the order to show.
[[nodiscard]] const std::map<std::string, std::vector<std::string>>& OptionChoices();
/// @throws std::invalid_argument  not one of the option's choices: names option, value and the
///                                nearest.
void RequireChoice(const std::string& option, const std::string& name);

// Names to values; std::invalid_argument names the option and the nearest known name.
[[nodiscard]] OptimizerKind ParseOptimizer(const std::string& name);
[[nodiscard]] OptimizerConvention ParseOptimizerConvention(const std::string& name);
/// How much of the ladder `check` descends.
enum class LadderExtent { kNone, kClosedForms, kFull };
[[nodiscard]] LadderExtent ParseLadderExtent(const std::string& name);
[[nodiscard]] BoundConvention ParseConvention(const std::string& name);
[[nodiscard]] PosteriorMean ParsePosteriorMean(const std::string& name);
[[nodiscard]] NegativePolicy ParseNegativePolicy(const std::string& name);
/// "MIN:MAX:COUNT" → COUNT values from MIN to MAX, evenly spaced in the logarithm.
/// @throws std::invalid_argument  names the option; 0 < MIN <= MAX, COUNT from 1 to 10000.
[[nodiscard]] std::vector<double> ParseGrid(const char* option, const std::string& text);
[[nodiscard]] MinibatchSampling ParseSampling(const std::string& name);
[[nodiscard]] Precision ParsePrecision(const std::string& name);
[[nodiscard]] DecaySchedule ParseDecaySchedule(const std::string& name);
[[nodiscard]] ProbeKind ParseProbe(const std::string& name);
/// Nothing for "auto".
[[nodiscard]] std::optional<Scheme> ParseScheme(const std::string& name);

}  // namespace adamsde
