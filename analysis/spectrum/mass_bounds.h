#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "analysis/spectrum/spectrum_runs.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// Two ends of what a number can be.
struct Enclosure {
  double low = 0;
  double high = 0;
};

/// What one Lanczos run proves about the distribution of eigenvalues that its probe sees.
///
/// A Gauss rule of k nodes knows the first 2k − 1 moments of that distribution. Among all
/// distributions with these moments the mass up to t is least and greatest for the rule with t as
/// one of its nodes: Σ_{x_j<t} w_j ≤ F(t) ≤ Σ_{x_j≤t} w_j (Chebyshev–Markov–Stieltjes)
/// [GolubMeurant2010, §5.6; Szego1939, §3.41]. Nothing is assumed but exact products with A: in
/// single precision eigenvalues below about 1e-6 of the largest are noise.
class MassBounds {
 public:
  /// @param gauss  nodes in any order and weights of a Gauss rule (one run; nodes of weight 0 left
  ///               out); weights sum to 1
  explicit MassBounds(const WeightedSpectrum& gauss);

  /// Bounds on the share of eigenvalues ≤ t, and < t. Cost O(k²).
  [[nodiscard]] Enclosure Below(double t) const;
  [[nodiscard]] double LargestSize() const { return largest_; }  ///< max |node|

 private:
  Eigen::VectorXd diagonal_;
  Eigen::VectorXd subdiagonal_;
  double largest_;
};

/// What the mean of f over the eigenvalues of one run can be, whatever lies between its nodes: each
/// eigenvalue σ counts as f(|σ|), or f(σ) where negative ones are clipped, and as f(floor) below
/// the floor. Sizes up to twice the largest node's are allowed for.
/// @param f      on sizes ≥ floor
/// @param turns  all sizes above the floor where f has a local extremum
/// @throws std::invalid_argument  floor ≤ 0, or negative eigenvalues are dropped.
[[nodiscard]] Enclosure EncloseMean(const MassBounds& mass, const SpectrumPolicy& policy,
                                    const std::function<double(double)>& f,
                                    const std::vector<double>& turns);

/// What err/d by Corollary 3 can be with any number of Lanczos steps of the same probes: means over
/// runs. The probes' own sampling error is not in it.
struct Corollary3Bounds {
  Enclosure adamw;
  Enclosure l2_adam;
};

/// @throws as EncloseMean.
[[nodiscard]] Corollary3Bounds EncloseCorollary3(const SpectrumRuns& spectrum,
                                                 const Hyperparameters& hyper,
                                                 double prior_variance,
                                                 const SpectrumPolicy& policy);

}  // namespace adamsde
