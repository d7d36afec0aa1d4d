#include "analysis/statistics/factored_record_law.h"

#include <cmath>
#include <numeric>
#include <vector>

#include "analysis/statistics/whitening.h"
#include "sde/problem/symmetric_eigen.h"

namespace adamsde {

FactoredRecordLaw::FactoredRecordLaw(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                                     const ModalSystem& system, const ModalDecay& decay,
                                     double relative_error) {
  std::vector<Eigen::Index> modes(static_cast<std::size_t>(system.Dimension()));
  std::iota(modes.begin(), modes.end(), Eigen::Index{0});
  lag_sums_ = LagSums(decay, modes);
  mean_ = mean;
  covariance_ = covariance;
  const Whitening whitening = Whiten(covariance, relative_error);
  to_working_ = whitening.to_working;
  working_ = Eigen::MatrixXd::Identity(to_working_.rows(), to_working_.rows());
  p_ = to_working_ * system.from_modal;
  y_ = system.to_modal * whitening.from_working;
  const Eigen::MatrixXd gram = system.from_modal.transpose() * system.from_modal;
  metric_product_ = y_ * (y_.transpose() * gram);
}

double FactoredRecordLaw::LagSum(std::int64_t records) const {
  const Eigen::VectorXd p = metric_product_.diagonal();
  const Eigen::MatrixXd products =
      p * p.transpose() + metric_product_.cwiseProduct(metric_product_.transpose());
  return 2 * lag_sums_.OfProducts(records).cwiseProduct(products).sum();
}

Eigen::MatrixXd FactoredRecordLaw::MeanErrorCovariance(const Averaging& averaging) const {
  const Eigen::MatrixXd sum = p_ * lag_sums_.OfFactors(averaging.records).asDiagonal() * y_;
  return (sum + sum.transpose()) / averaging.Count();
}

/// Σ_k w_k [R_ii R_jj + R_ij R_ji](k), with R_ij(k) = Σ_a P_ia Y_aj f_a^k. The second part takes
/// g = Σ_q γ_q v_q v_qᵀ: smooth in both its arguments, g has few eigenvalues above rounding.
Eigen::MatrixXd FactoredRecordLaw::EntryVariance(const Averaging& averaging) const {
  constexpr double kNegligible = 1e-15;
  const Eigen::MatrixXd& g = lag_sums_.OfProducts(averaging.records);
  const Eigen::MatrixXd diagonal = p_.cwiseProduct(y_.transpose());
  Eigen::MatrixXd sum = diagonal * g * diagonal.transpose();
  const SymmetricEigen eigen = DecomposeSymmetric(g);
  const double largest = eigen.values.cwiseAbs().maxCoeff();
  for (Eigen::Index q = 0; q < eigen.values.size(); ++q) {
    if (std::abs(eigen.values(q)) <= kNegligible * largest) continue;
    const Eigen::MatrixXd product = p_ * eigen.vectors.col(q).asDiagonal() * y_;
    sum += eigen.values(q) * product.cwiseProduct(product.transpose());
  }
  return 2 / averaging.Count() * sum;
}

Eigen::MatrixXd FactoredRecordLaw::ApplyErrorCovariance(const Eigen::MatrixXd& e,
                                                        const Averaging& averaging) const {
  const Eigen::MatrixXd& g = lag_sums_.OfProducts(averaging.records);
  const Eigen::MatrixXd later = g.cwiseProduct(y_ * e * y_.transpose());
  const Eigen::MatrixXd earlier = g.cwiseProduct(p_.transpose() * e * p_);
  return 2 / averaging.Count() * (p_ * later * p_.transpose() + y_.transpose() * earlier * y_);
}

/// L*L with L(E) = P (g^(−½)∘(Y E Yᵀ)) Pᵀ.
Eigen::MatrixXd FactoredRecordLaw::ApproximateInverse(const Eigen::MatrixXd& e,
                                                      const Averaging& averaging) const {
  const Eigen::MatrixXd root = lag_sums_.OfProducts(averaging.records).cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd half = p_ * root.cwiseProduct(y_ * e * y_.transpose()) * p_.transpose();
  return averaging.Count() / 4 *
         (y_.transpose() * root.cwiseProduct(p_.transpose() * half * p_) * y_);
}

}  // namespace adamsde
