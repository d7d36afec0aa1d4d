#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "sde/ensemble/aligned_buffer.h"
#include "sde/process/gaussian_kernel.h"
#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"
#include "sde/random/normal.h"

namespace adamsde {

/// Chains per tile: fixed, so that results do not depend on the number of threads.
inline constexpr Eigen::Index kBlockChains = 64;

class Stepper;

/// The states of one block of chains: kBlockChains × d, column-major, chain index fastest, as
/// deviations from the stationary mean.
struct Tile {
  std::uint32_t first_chain;
  Eigen::MatrixXd state;            ///< kBlockChains × d
  AlignedBuffer workspace[2];       ///< the stepper's own; [0] and [1] hold normals of 2j and 2j+1
  std::uint64_t filled_pair = ~std::uint64_t{0};  ///< the j that they are of; ~0 when none

  /// Chains first, first+1, … at zero.
  Tile(const Stepper& stepper, std::uint32_t first);
};

/// Applies one Markov transition y' = F y + L z to all chains of a tile, as often as asked. The
/// normals z are a pure function of (seed, stream, chain, transition number, component).
class Stepper {
 public:
  virtual ~Stepper() = default;
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;
  [[nodiscard]] virtual Eigen::Index NoiseDimension() const = 0;  ///< k
  [[nodiscard]] virtual std::size_t WorkspaceSize() const = 0;  ///< doubles in each of a tile's two
  /// Applies transitions number first, …, first+count−1.
  virtual void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
                       Tile& tile) const = 0;
};

/// y' = y + (F−I) y + L z by one fused matrix product per transition: Euler–Maruyama in the
/// original coordinates, and, with another kernel, leaps and exact transitions. Cost O(d(d+k)) per
/// chain.
[[nodiscard]] std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel);

/// Euler–Maruyama in §3.1's modal coordinates: u_i' = (1−hκ_i) u_i + noise of covariance hĜ. Cost
/// O(d) per chain where Ĝ is diagonal (fused with the generator), O(d²) otherwise.
[[nodiscard]] std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system,
                                                        double time_step);

}  // namespace adamsde
