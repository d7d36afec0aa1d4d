#include "analysis/spectrum/matrix_free_bound.h"

#include <fmt/format.h>

#include <Spectra/SymEigsSolver.h>
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace adamsde {
namespace {

/// What Spectra asks of an operator.
class SpectraOperator {
 public:
  using Scalar = double;
  SpectraOperator(const BlockOperator& a, Eigen::Index dimension) : a_(a), dimension_(dimension) {}
  [[nodiscard]] Eigen::Index rows() const { return dimension_; }
  [[nodiscard]] Eigen::Index cols() const { return dimension_; }
  void perform_op(const double* x, double* y) const {
    Eigen::Map<Eigen::VectorXd>(y, dimension_) =
        a_(Eigen::Map<const Eigen::VectorXd>(x, dimension_));
  }

 private:
  const BlockOperator& a_;
  Eigen::Index dimension_;
};

}  // namespace

BlockOperator SandwichOperator(const BlockOperator& hessian_times, const Eigen::VectorXd& q) {
  return [hessian_times, root = q.cwiseSqrt().eval()](const Eigen::MatrixXd& v) -> Eigen::MatrixXd {
    return root.asDiagonal() * hessian_times(root.asDiagonal() * v);
  };
}

MatrixFreeBound::MatrixFreeBound(const LanczosRuns& runs, const Eigen::VectorXd& q,
                                 const Hyperparameters& hyper, double prior_variance,
                                 std::optional<SpectrumPolicy> policy)
    : ladder_(runs),
      policy_(policy),
      dimension_(runs.dimension),
      scale_(hyper.learning_rate / (2 * static_cast<double>(hyper.batch_size))),
      log_det_q_(q.array().log().sum()),
      prior_variance_(prior_variance) {
  RequireUsable();
}

void MatrixFreeBound::RequireUsable() const {
  if (policy_) {
    // Corollary 3's own checks and messages.
    const NodeTable& nodes = ladder_.Full().spectrum;
    for (Eigen::Index r = 0; r < nodes.values.rows(); ++r) {
      (void)ApplyPolicy({.values = nodes.values.row(r).transpose(),
                         .weights = nodes.weights.row(r).transpose(),
                         .dimension = dimension_},
                        *policy_);
    }
    return;
  }
  const Eigen::MatrixXd& nodes = ladder_.Full().spectrum.values;
  if (!(nodes.minCoeff() > 1e-13 * nodes.maxCoeff())) {
    throw std::domain_error(
        fmt::format("infinite KL (the hessian is singular: its smallest Lanczos node is {:.3g}, "
                    "the largest {:.3g}) use --ridge",
                    nodes.minCoeff(), nodes.maxCoeff()));
  }
}

bool MatrixFreeBound::Counts(double node) const {
  return !(policy_ && policy_->negative == NegativePolicy::kDrop && node < 0);
}

double MatrixFreeBound::Value(double node) const {
  if (!policy_) return node;
  const double size = policy_->negative == NegativePolicy::kAbsolute ? std::abs(node) : node;
  return std::max(size, policy_->floor);
}

MatrixFreeErr MatrixFreeBound::operator()(double lambda) const {
  const auto log_det = [&](const Quadrature& quadrature) -> Eigen::VectorXd {
    const double constant = log_det_q_ + dimension_ * std::log(scale_);
    return constant - TracePerRun(quadrature.spectrum, [this, lambda](double node) {
                        return Counts(node) ? std::log1p(lambda / Value(node)) : 0.0;
                      }).array();
  };
  const auto trace = [&](const Quadrature& quadrature) -> Eigen::VectorXd {
    const Eigen::MatrixXd terms = quadrature.spectrum.values.binaryExpr(
        quadrature.cross, [this, lambda](double node, double cross) {
          const double theta = Value(node);
          return Counts(node) && cross != 0 ? cross * theta / (theta + lambda) : 0.0;
        });
    return (scale_ * dimension_) * terms.rowwise().sum();
  };
  const auto err = [&](const Quadrature& quadrature) -> Eigen::VectorXd {
    return (trace(quadrature) / prior_variance_ - log_det(quadrature)).array() +
           dimension_ * std::log(prior_variance_);
  };
  return {.err = ladder_(err), .log_det = ladder_(log_det), .trace = ladder_(trace)};
}

Eigen::VectorXd StationaryMean(const BlockOperator& hessian_times, const Eigen::VectorXd& q,
                               double lambda, const Eigen::VectorXd& minimizer) {
  const BlockOperator sandwich = SandwichOperator(hessian_times, q);
  const Eigen::VectorXd root = q.cwiseSqrt();
  const Eigen::VectorXd start = minimizer.cwiseQuotient(root);
  // y = start − λ(S+λI)⁻¹start: the correction alone, so that λ → 0 loses nothing.
  Eigen::VectorXd correction = Eigen::VectorXd::Zero(q.size());
  Eigen::VectorXd residual = lambda * start;
  Eigen::VectorXd direction = residual;
  double square = residual.squaredNorm();
  const double goal = 1e-26 * square;
  for (Eigen::Index i = 0; i < 10 * q.size() && square > goal; ++i) {
    const Eigen::VectorXd image = sandwich(direction) + lambda * direction;
    const double step = square / direction.dot(image);
    correction += step * direction;
    residual -= step * image;
    const double next = residual.squaredNorm();
    direction = residual + (next / square) * direction;
    square = next;
  }
  if (!(square <= std::max(goal, 1e-20 * lambda * lambda * start.squaredNorm()))) {
    throw std::domain_error(
        "no stationary mean found (conjugate gradients did not converge) use a larger --ridge or "
        "--weight-decay");
  }
  return minimizer - root.cwiseProduct(correction);
}

Eigen::VectorXd TopEigenvalues(const BlockOperator& a, Eigen::Index dimension, Eigen::Index count) {
  SpectraOperator op(a, dimension);
  const Eigen::Index subspace = std::min(dimension, std::max<Eigen::Index>(2 * count + 10, 20));
  Spectra::SymEigsSolver<SpectraOperator> solver(op, count, subspace);
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, 1000, 1e-10);
  if (solver.info() != Spectra::CompInfo::Successful) {
    throw std::domain_error(fmt::format(
        "the {} largest eigenvalues did not converge (clustered or non-finite) ask for fewer",
        count));
  }
  return solver.eigenvalues();
}

}  // namespace adamsde
