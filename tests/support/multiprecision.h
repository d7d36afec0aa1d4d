#pragma once

#include <Eigen/Core>
#include <Eigen/LU>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>
#include <utility>
#include <vector>

namespace adamsde::testing {

/// 100 digits: enough for condition numbers and scales of 1e40 together.
using Real = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<100>,
                                           boost::multiprecision::et_off>;
using RealMatrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
using RealVector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

inline RealMatrix ToReal(const Eigen::MatrixXd& x) { return x.cast<Real>(); }

/// M of A M + M Aᵀ − h A M Aᵀ = D, symmetric: one linear system for its d(d+1)/2 entries. With
/// h = 1 and A = I − F it is P = F P Fᵀ + D.
inline RealMatrix SolveByBruteForce(const RealMatrix& a, const RealMatrix& right, const Real& h) {
  const Eigen::Index d = a.rows();
  std::vector<std::pair<Eigen::Index, Eigen::Index>> entries;
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) entries.emplace_back(i, j);
  }
  const auto n = static_cast<Eigen::Index>(entries.size());
  const auto at = [&](Eigen::Index k) { return entries[static_cast<std::size_t>(k)]; };
  RealMatrix system(n, n);
  RealVector vector(n);
  for (Eigen::Index row = 0; row < n; ++row) {
    const auto [i, j] = at(row);
    vector(row) = right(i, j);
    for (Eigen::Index column = 0; column < n; ++column) {
      const auto [p, q] = at(column);
      const auto coefficient = [&](Eigen::Index r, Eigen::Index s) {
        Real sum = -h * a(i, r) * a(j, s);
        if (s == j) sum += a(i, r);
        if (r == i) sum += a(j, s);
        return sum;
      };
      system(row, column) = coefficient(p, q);
      if (p != q) system(row, column) += coefficient(q, p);
    }
  }
  const RealVector solution = system.partialPivLu().solve(vector);
  RealMatrix m(d, d);
  for (Eigen::Index k = 0; k < n; ++k) {
    const auto [i, j] = at(k);
    m(i, j) = m(j, i) = solution(k);
  }
  return m;
}

inline Real LogAbsDet(const RealMatrix& m) {
  const RealMatrix factors = m.partialPivLu().matrixLU();
  Real sum = 0;
  for (Eigen::Index i = 0; i < m.rows(); ++i) sum += log(abs(factors(i, i)));
  return sum;
}

/// ‖x − truth‖_F/‖truth‖_F.
inline double RelativeError(const Eigen::MatrixXd& x, const RealMatrix& truth) {
  Real error = 0;
  Real size = 0;
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      const Real difference = Real(x(i, j)) - truth(i, j);
      error += difference * difference;
      size += truth(i, j) * truth(i, j);
    }
  }
  return static_cast<double>(sqrt(error / size));
}

}  // namespace adamsde::testing
