#pragma once

#include <Eigen/Core>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <utility>
#include <vector>

namespace adamsde::testing {

/// Brute force for A M + M Aᵀ − h A M Aᵀ = D in 34 digits: one linear system for the d(d+1)/2
/// entries of the symmetric M, by Gaussian elimination with partial pivoting. For d ≤ 8.
inline Eigen::MatrixXd KroneckerLyapunov(const Eigen::MatrixXd& a, const Eigen::MatrixXd& right,
                                         double h) {
  using Real = boost::multiprecision::cpp_bin_float_quad;
  const int d = static_cast<int>(a.rows());
  std::vector<std::pair<int, int>> entries;
  for (int j = 0; j < d; ++j) {
    for (int i = 0; i <= j; ++i) entries.emplace_back(i, j);
  }
  const std::size_t n = entries.size();
  std::vector<std::vector<Real>> system(n, std::vector<Real>(n + 1));
  for (std::size_t row = 0; row < n; ++row) {
    const auto [i, j] = entries[row];
    for (std::size_t column = 0; column < n; ++column) {
      const auto [p, q] = entries[column];
      // Coefficient of M_pq (and M_qp) in entry (i, j).
      const auto coefficient = [&](int r, int s) {
        const Real left = s == j ? Real(a(i, r)) : Real(0);
        const Real other = r == i ? Real(a(j, s)) : Real(0);
        return Real(left + other - Real(h) * Real(a(i, r)) * Real(a(j, s)));
      };
      system[row][column] = coefficient(p, q);
      if (p != q) system[row][column] += coefficient(q, p);
    }
    system[row][n] = right(i, j);
  }
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t r = k + 1; r < n; ++r) {
      if (abs(system[r][k]) > abs(system[pivot][k])) pivot = r;
    }
    std::swap(system[k], system[pivot]);
    for (std::size_t r = k + 1; r < n; ++r) {
      const Real factor = system[r][k] / system[k][k];
      if (factor == 0) continue;
      for (std::size_t c = k; c <= n; ++c) system[r][c] -= factor * system[k][c];
    }
  }
  std::vector<Real> solution(n);
  for (std::size_t k = n; k-- > 0;) {
    Real sum = system[k][n];
    for (std::size_t c = k + 1; c < n; ++c) sum -= system[k][c] * solution[c];
    solution[k] = sum / system[k][k];
  }
  Eigen::MatrixXd m(d, d);
  for (std::size_t k = 0; k < n; ++k) {
    const auto [i, j] = entries[k];
    m(i, j) = m(j, i) = static_cast<double>(solution[k]);
  }
  return m;
}

}  // namespace adamsde::testing
