#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <utility>

#include "sde/process/gaussian_kernel.h"
#include "sde/process/linear_sde.h"
#include "sde/process/modal_system.h"
#include "sde/process/white_noise.h"
#include "sde/random/normal.h"

namespace adamsde {

/// Chains per tile: fixed, so that results do not depend on the number of threads.
inline constexpr Eigen::Index kBlockChains = 64;

/// Numbers that states and normals are kept in while they move. Moments are always double.
enum class Precision { kDouble, kFloat };

/// What a stepper keeps beside the states of a block: its own layout of them, its normals.
struct StepperWorkspace {
  virtual ~StepperWorkspace() = default;
};

class Stepper;

/// The states of one block of chains: kBlockChains × d, column-major, chain index fastest, as
/// deviations from the stationary mean in the stepper's coordinates.
struct Tile {
  std::uint32_t first_chain;
  Eigen::MatrixXd state;  ///< kBlockChains × d
  std::unique_ptr<StepperWorkspace> workspace;

  /// Chains first, first+1, … at zero.
  Tile(const Stepper& stepper, std::uint32_t first);
};

/// Applies one Markov transition y' = F y + L z to all chains of a tile, as often as asked. The
/// normals z are a pure function of (seed, stream, chain, transition number, component).
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// What the states are: of them, of moments and records x − c is made afterwards.
  [[nodiscard]] const Coordinates& StateCoordinates() const { return coordinates_; }
  [[nodiscard]] virtual Eigen::Index Dimension() const = 0;
  [[nodiscard]] virtual Eigen::Index NoiseDimension() const = 0;  ///< k
  [[nodiscard]] virtual std::unique_ptr<StepperWorkspace> MakeWorkspace() const = 0;
  /// Applies transitions number first, …, first+count−1.
  virtual void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
                       Tile& tile) const = 0;

 protected:
  explicit Stepper(Coordinates coordinates = {}) : coordinates_(std::move(coordinates)) {}

 private:
  Coordinates coordinates_;
};

/// y' = y + (F−I) y + L z by one fused matrix product per transition: Euler–Maruyama, and, with
/// another kernel, leaps and exact transitions. Cost O(d(d+k)) per chain, O(d²) with L = I.
[[nodiscard]] std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel,
                                                         Precision precision = Precision::kDouble);

/// The same where the noise is white (WhitenNoise), in the original coordinates where it cannot be.
[[nodiscard]] std::unique_ptr<Stepper> MakeWhiteStepper(const GaussianKernel& kernel,
                                                        Precision precision = Precision::kDouble);

/// Euler–Maruyama in §3.1's modal coordinates: u_i' = (1−hκ_i) u_i + noise of covariance hĜ. Cost
/// O(d) per chain where Ĝ is diagonal (fused with the generator), O(d²) otherwise.
[[nodiscard]] std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system, double time_step,
                                                        Precision precision = Precision::kDouble);

/// m of these steps at once, exactly in law, by binary powering of one step: per mode f ← f²,
/// Σ_ij ← Σ_ij + f_i Σ_ij f_j. The same cost for any m.
/// @param steps  m ≥ 1
[[nodiscard]] std::unique_ptr<Stepper> MakeModalLeapStepper(
    const ModalSystem& system, double time_step, std::int64_t steps,
    Precision precision = Precision::kDouble);

/// Relative error of a covariance sampled in single precision, at most: 10u for the rounded
/// coefficients and normals, and u²/(6ε) for a rounding of each step that acts as noise of variance
/// u²y²/3 beside the 2ε it competes with, u = 2⁻²⁴, ε = 1 − |f| of the slowest mode and transition.
[[nodiscard]] double FloatError(double slowest_decay);

}  // namespace adamsde
