#include "analysis/ladder/rung_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "sde/problem/symmetric_eigen.h"

namespace adamsde {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// X scaled to unit diagonal; directions without variance stay zero.
struct Scaled {
  Eigen::VectorXd scale;
  SymmetricEigen correlation;
  double rounding;

  explicit Scaled(const Eigen::MatrixXd& x)
      : scale(x.diagonal().cwiseMax(0.0).cwiseSqrt()),
        rounding(static_cast<double>(x.rows()) * 1e-15) {
    const Eigen::VectorXd inverse = (scale.array() > 0).select(scale.cwiseInverse(), 0.0);
    correlation = DecomposeSymmetric(inverse.asDiagonal() * (0.5 * (x + x.transpose())) *
                                     inverse.asDiagonal());
    rounding *= correlation.values.cwiseAbs().maxCoeff();
  }
};

std::string Factor(double ratio) {
  return ratio >= 1 ? fmt::format("{:.4g} times larger", ratio)
                    : fmt::format("{:.4g} times smaller", 1 / ratio);
}

std::string StatementOf(const Rung& rung, const Rung* before) {
  if (!rung.Exists()) return fmt::format("{}: none ({})", rung.name, rung.missing);
  if (before == nullptr || !before->Exists()) return rung.name;
  std::string text = rung.relative_change < 1e-12
                         ? fmt::format("{}: leaves the covariance as it is", rung.name)
                         : fmt::format("{}: moves the covariance by {:.3g} of itself", rung.name,
                                       rung.relative_change);
  if (rung.sample) text += fmt::format(" (standard error {:.2g})", rung.standard_error);
  const double ratio = rung.trace / before->trace;
  if (std::abs(ratio - 1) > 0.05) text += fmt::format(", trace {}", Factor(ratio));
  if (rung.mean_change_sigma > 0.1) {
    text += fmt::format(", the mean by {:.3g} sigma", rung.mean_change_sigma);
  }
  if (rung.id == "7'") text += fmt::format(", against rung {}", rung.compared_with);
  if (rung.sample && !rung.sample->mixed) text += "; NOT MIXED: do not trust these numbers";
  return text;
}

PosteriorSummary Summarize(const LadderProblem& problem, const LadderOptions& options,
                           const Rung& rung) {
  const GaussianLaw& law = rung.law;
  const QuadraticProblem& quadratic = problem.quadratic;
  const double minimizer_square = quadratic.minimizer.squaredNorm();
  const bool stationary = options.posterior_mean == PosteriorMean::kStationary;
  PosteriorSummary summary{
      .dimension = quadratic.Dimension(),
      .log_det = law.log_det,
      .trace = law.covariance.trace(),
      .mean_square = stationary ? law.mean.squaredNorm() : minimizer_square,
      .minimizer_square = minimizer_square,
      .scale = problem.hyper.learning_rate / (2.0 * static_cast<double>(problem.hyper.batch_size))};
  if (options.range_only) {
    const RangeSummary range =
        rung.sample && rung.sample->range
            ? *rung.sample->range
            : SummarizeRange(0.5 * (law.covariance + law.covariance.transpose()));
    summary.dimension = range.rank;
    summary.log_det = range.log_det;
  }
  return summary;
}

}  // namespace

double MahalanobisLength(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& shift) {
  const double length = shift.norm();
  if (length == 0) return 0;
  const Scaled scaled(covariance);
  double square = 0;
  Eigen::VectorXd z(shift.size());
  for (Eigen::Index i = 0; i < shift.size(); ++i) {
    if (scaled.scale(i) == 0 && std::abs(shift(i)) > 1e-12 * length) return kInfinity;
    z(i) = scaled.scale(i) > 0 ? shift(i) / scaled.scale(i) : 0;
  }
  const Eigen::VectorXd components = scaled.correlation.vectors.transpose() * z;
  for (Eigen::Index i = 0; i < z.size(); ++i) {
    const double variance = scaled.correlation.values(i);
    if (variance > scaled.rounding) {
      square += components(i) * components(i) / variance;
    } else if (std::abs(components(i)) > 1e-8 * z.norm()) {
      return kInfinity;
    }
  }
  return std::sqrt(square);
}

double LogDeterminant(const Eigen::MatrixXd& covariance) {
  const Scaled scaled(covariance);
  if (!(scaled.scale.minCoeff() > 0)) return -kInfinity;
  if (!(scaled.correlation.values(0) > scaled.rounding)) return -kInfinity;
  return 2 * scaled.scale.array().log().sum() + scaled.correlation.values.array().log().sum();
}

double ErrOf(const LadderOptions& options, Eigen::Index dimension, double log_det, double trace) {
  const double rho = options.bound.prior_variance;
  return -log_det + trace / rho + static_cast<double>(dimension) * std::log(rho);
}

Rung MissingRung(std::string id, std::string name, std::string why) {
  Rung rung{.id = std::move(id),
            .name = std::move(name),
            .compared_with = {},
            .missing = std::move(why),
            .law = {},
            .mean_shift = kNan,
            .mean_shift_sigma = kNan,
            .mean_change_sigma = kNan,
            .relative_change = kNan,
            .relative_to_lemma5 = kNan,
            .trace = kNan,
            .err = kNan,
            .phi = kNan,
            .standard_error = kNan,
            .sample = std::nullopt,
            .statement = {}};
  rung.law.log_det = kNan;
  rung.statement = StatementOf(rung, nullptr);
  return rung;
}

void MeasureRung(const LadderProblem& problem, const LadderOptions& options, const Rung* before,
                 const Rung* lemma5, const Eigen::MatrixXd& yardstick, Rung& rung) {
  const GaussianLaw& law = rung.law;
  const Eigen::VectorXd shift = law.mean - problem.quadratic.minimizer;
  rung.mean_shift = shift.norm();
  rung.mean_shift_sigma = MahalanobisLength(yardstick, shift);
  rung.trace = law.covariance.trace();
  const auto distance = [&](const Rung* from) {
    if (from == nullptr || !from->Exists()) return kNan;
    return (law.covariance - from->law.covariance).norm() / from->law.covariance.norm();
  };
  rung.relative_change = distance(before);
  rung.relative_to_lemma5 = distance(lemma5);
  if (before != nullptr) {
    rung.compared_with = before->id;
    if (before->Exists()) {
      rung.mean_change_sigma = MahalanobisLength(yardstick, law.mean - before->law.mean);
    }
  }
  const PosteriorSummary summary = Summarize(problem, options, rung);
  if (options.range_only) rung.law.log_det = summary.log_det;
  rung.err = ErrOf(options, summary.dimension, summary.log_det, summary.trace);
  rung.phi = PacBayesBound(summary, options.bound, options.convention).phi;
  rung.statement = StatementOf(rung, before);
}

}  // namespace adamsde
