#include "analysis/bound/moving_mean.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace adamsde {
namespace {

constexpr std::size_t kBatch = 64;  // of λ, in one product
constexpr std::size_t kNodes = 16;
constexpr double kWidth = 1;  // of an interval in log λ
constexpr double kTolerance = 1e-13;

/// Σ c_k T_k(x) by Clenshaw's recurrence.
double EvaluateChebyshev(const std::array<double, kNodes>& c, double x) {
  double next = 0;
  double after_next = 0;
  for (std::size_t k = kNodes - 1; k > 0; --k) {
    after_next = std::exchange(next, c[k] + 2 * x * next - after_next);
  }
  return c[0] + x * next - after_next;
}

/// Coefficients of the polynomial through values at the zeros of T_n.
std::array<double, kNodes> ChebyshevCoefficients(std::span<const double> values) {
  std::array<double, kNodes> c{};
  for (std::size_t k = 0; k < kNodes; ++k) {
    for (std::size_t j = 0; j < kNodes; ++j) {
      const double angle = std::numbers::pi * static_cast<double>(k * (2 * j + 1)) / (2 * kNodes);
      c[k] += (k == 0 ? 1.0 : 2.0) / kNodes * values[j] * std::cos(angle);
    }
  }
  return c;
}

/// [−1, 1] to a range of λ, evenly in log λ, and back.
class LogRange {
 public:
  LogRange(double low, double high)
      : low_(low), center_(0.5 * std::log(high / low)), scale_(std::max(center_, 1e-300)) {}
  [[nodiscard]] double Lambda(double x) const { return low_ * std::exp(center_ + scale_ * x); }
  [[nodiscard]] double Position(double lambda) const {
    return (std::log(lambda / low_) - center_) / scale_;
  }

 private:
  double low_;
  double center_;
  double scale_;
};

}  // namespace

MovingMean::MovingMean(Eigen::MatrixXd map, Eigen::ArrayXd s, Eigen::ArrayXd p)
    : map_(std::move(map)), s_(std::move(s)), p_(std::move(p)) {}

std::vector<double> MovingMean::DirectSquares(std::span<const double> lambdas) const {
  std::vector<double> squares;
  for (std::size_t first = 0; first < lambdas.size(); first += kBatch) {
    const auto batch = lambdas.subspan(first, std::min(kBatch, lambdas.size() - first));
    Eigen::MatrixXd r(s_.size(), static_cast<Eigen::Index>(batch.size()));
    for (std::size_t k = 0; k < batch.size(); ++k) {
      r.col(static_cast<Eigen::Index>(k)) =
          (s_ > 0).select(s_ / (s_ + batch[k] * p_), 0.0).matrix();
    }
    const Eigen::MatrixXd means = map_ * r;
    for (Eigen::Index k = 0; k < means.cols(); ++k) squares.push_back(means.col(k).squaredNorm());
  }
  return squares;
}

bool MovingMean::Interpolate(std::span<const double> lambdas, std::span<double> squares) const {
  const LogRange range(lambdas.front(), lambdas.back());
  std::vector<double> nodes;
  for (std::size_t j = 0; j < kNodes; ++j) {
    nodes.push_back(
        range.Lambda(std::cos(std::numbers::pi * static_cast<double>(2 * j + 1) / (2 * kNodes))));
  }
  const std::array<double, 5> checks = {-1.0, -0.47, 0.0, 0.47, 1.0};
  for (const double x : checks) nodes.push_back(range.Lambda(x));
  const std::vector<double> direct = DirectSquares(nodes);
  const double allowed = kTolerance * *std::min_element(direct.begin(), direct.end());
  const auto c = ChebyshevCoefficients(std::span(direct).first(kNodes));
  if (!(std::abs(c[kNodes - 2]) + std::abs(c[kNodes - 1]) <= allowed)) return false;
  for (std::size_t k = 0; k < checks.size(); ++k) {
    const double error = EvaluateChebyshev(c, checks[k]) - direct[kNodes + k];
    if (!(std::abs(error) <= allowed)) return false;
  }
  for (std::size_t k = 0; k < lambdas.size(); ++k) {
    squares[k] = EvaluateChebyshev(c, range.Position(lambdas[k]));
  }
  return true;
}

std::vector<double> MovingMean::Squares(std::span<const double> lambdas) const {
  constexpr std::ptrdiff_t kLeastRun = 4 * kNodes;
  std::vector<double> squares(lambdas.size());
  const auto end = lambdas.end();
  for (auto first = lambdas.begin(); first != end;) {
    // The longest ascending run that is narrow enough; one λ where there is none.
    auto last = first + 1;
    while (last != end && *first > 0 && *last >= *(last - 1) &&
           *last <= *first * std::exp(kWidth)) {
      ++last;
    }
    const std::span<const double> run(first, last);
    const auto done =
        std::span(squares).subspan(static_cast<std::size_t>(first - lambdas.begin()), run.size());
    if (last - first < kLeastRun || !Interpolate(run, done)) {
      std::ranges::copy(DirectSquares(run), done.begin());
    }
    first = last;
  }
  return squares;
}

std::vector<MovingMean::Derivatives> MovingMean::WithDerivatives(
    std::span<const double> lambdas) const {
  std::vector<Derivatives> all;
  for (const double lambda : lambdas) {
    const Eigen::ArrayXd u = (s_ + lambda * p_).inverse();
    Eigen::MatrixXd r(s_.size(), 3);
    r.col(0) = (s_ > 0).select(s_ * u, 0.0).matrix();
    r.col(1) = (-s_ * p_ * u * u).matrix();
    r.col(2) = (2 * s_ * p_.square() * u.cube()).matrix();
    const Eigen::MatrixXd means = map_ * r;
    Derivatives d{.square = means.col(0).squaredNorm(),
                  .square_slope = 2 * means.col(0).dot(means.col(1))};
    for (Eigen::Index m = 0; m < 3; ++m) d.norms[static_cast<std::size_t>(m)] = means.col(m).norm();
    all.push_back(d);
  }
  return all;
}

}  // namespace adamsde
