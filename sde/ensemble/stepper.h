#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "sde/process/gaussian_kernel.h"
#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"
#include "sde/random/normal.h"

namespace adamsde {

/// Chains per tile: fixed, so that results do not depend on the number of threads.
inline constexpr Eigen::Index kBlockChains = 64;

/// The states of one block of chains: kBlockChains × d, column-major, chain index fastest, as
/// deviations from the stationary mean, with the noise it is being driven by.
struct Tile {
  std::uint32_t first_chain = 0;
  Eigen::MatrixXd state;            ///< kBlockChains × d
  Eigen::MatrixXd even_noise;       ///< kBlockChains × k, standard normals of step 2j
  Eigen::MatrixXd odd_noise;        ///< the same of step 2j+1
  Eigen::MatrixXd scratch;          ///< kBlockChains × d
  std::uint64_t filled_pair = ~0U;  ///< the j that the noise is of; ~0 when none

  Tile(Eigen::Index dimension, Eigen::Index noise_dimension);
};

/// Applies one Markov transition y' = F y + L z to all chains of a tile, as often as asked. The
/// normals z are a pure function of (seed, stream, chain, transition number, component).
class Stepper {
 public:
  virtual ~Stepper() = default;
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;
  [[nodiscard]] virtual Eigen::Index NoiseDimension() const = 0;  ///< k
  /// Applies transitions number first, …, first+count−1.
  virtual void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
                       Tile& tile) const = 0;
};

/// y' = y + (F−I) y + L z by two matrix products per transition: Euler–Maruyama in the original
/// coordinates, and, with another kernel, leaps and exact transitions. Cost O(d(d+k)) per chain.
[[nodiscard]] std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel);

/// Euler–Maruyama in §3.1's modal coordinates: u_i' = (1−hκ_i) u_i + noise of covariance hĜ. Cost
/// O(d) per chain where Ĝ is diagonal (fused with the generator), O(d²) otherwise.
[[nodiscard]] std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system,
                                                        double time_step);

}  // namespace adamsde
