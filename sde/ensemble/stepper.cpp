#include "sde/ensemble/stepper.h"

#include <cmath>
#include <utility>

#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

/// The normals of one transition, generated two transitions at a time.
const Eigen::MatrixXd& NoiseOf(const NormalStream& stream, std::uint64_t transition, Tile& tile) {
  const std::uint64_t pair = transition / 2;
  if (tile.filled_pair != pair) {
    FillNormals(stream, tile.first_chain, pair, kBlockChains, tile.even_noise.cols(),
                tile.even_noise.data(), tile.odd_noise.data(), kBlockChains);
    tile.filled_pair = pair;
  }
  return transition % 2 == 0 ? tile.even_noise : tile.odd_noise;
}

class KernelStepper final : public Stepper {
 public:
  explicit KernelStepper(const GaussianKernel& kernel)
      : increment_transposed_(kernel.increment.transpose()),
        noise_transposed_(kernel.noise.transpose()) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return increment_transposed_.rows(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return noise_transposed_.rows(); }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    for (std::uint64_t n = first; n < first + count; ++n) {
      const Eigen::MatrixXd& z = NoiseOf(stream, n, tile);
      tile.scratch.noalias() = tile.state * increment_transposed_;
      tile.scratch.noalias() += z * noise_transposed_;
      tile.state += tile.scratch;
    }
  }

 private:
  Eigen::MatrixXd increment_transposed_;  // (F−I)ᵀ
  Eigen::MatrixXd noise_transposed_;      // Lᵀ
};

/// Modal coordinates with diagonal noise: u_i' = f_i u_i + g_i z_i.
class DiagonalStepper final : public Stepper {
 public:
  DiagonalStepper(Eigen::VectorXd decay, Eigen::VectorXd noise)
      : decay_(std::move(decay)), noise_(std::move(noise)) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return decay_.size(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return decay_.size(); }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    std::uint64_t n = first;
    const std::uint64_t end = first + count;
    if (n < end && n % 2 != 0) Single(stream, n++, tile);
    if (const std::uint64_t pairs = (end - n) / 2; pairs > 0) {
      AdvanceModal(stream, tile.first_chain, n, static_cast<std::ptrdiff_t>(pairs), kBlockChains,
                   Dimension(), decay_.data(), noise_.data(), tile.state.data(), kBlockChains);
      n += 2 * pairs;
    }
    if (n < end) Single(stream, n, tile);
  }

 private:
  void Single(const NormalStream& stream, std::uint64_t transition, Tile& tile) const {
    const Eigen::MatrixXd& z = NoiseOf(stream, transition, tile);
    for (Eigen::Index c = 0; c < Dimension(); ++c) {
      for (Eigen::Index i = 0; i < kBlockChains; ++i) {
        tile.state(i, c) = std::fma(noise_(c), z(i, c), decay_(c) * tile.state(i, c));
      }
    }
  }

  Eigen::VectorXd decay_;
  Eigen::VectorXd noise_;
};

/// Modal coordinates with correlated noise: u' = f∘u + L̂ z.
class CorrelatedModalStepper final : public Stepper {
 public:
  CorrelatedModalStepper(Eigen::VectorXd decay, const Eigen::MatrixXd& noise)
      : decay_(std::move(decay)), noise_transposed_(noise.transpose()) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return decay_.size(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return noise_transposed_.rows(); }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    for (std::uint64_t n = first; n < first + count; ++n) {
      const Eigen::MatrixXd& z = NoiseOf(stream, n, tile);
      tile.state.array().rowwise() *= decay_.transpose().array();
      tile.state.noalias() += z * noise_transposed_;
    }
  }

 private:
  Eigen::VectorXd decay_;
  Eigen::MatrixXd noise_transposed_;
};

}  // namespace

Tile::Tile(Eigen::Index dimension, Eigen::Index noise_dimension)
    : state(Eigen::MatrixXd::Zero(kBlockChains, dimension)),
      even_noise(kBlockChains, noise_dimension),
      odd_noise(kBlockChains, noise_dimension),
      scratch(kBlockChains, dimension) {}

std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel) {
  return std::make_unique<KernelStepper>(kernel);
}

std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system, double time_step) {
  const Eigen::VectorXd decay = 1.0 - time_step * system.rates.array();
  const Eigen::MatrixXd covariance = time_step * system.noise;
  if (system.noise_is_diagonal) {
    return std::make_unique<DiagonalStepper>(decay, covariance.diagonal().cwiseSqrt());
  }
  return std::make_unique<CorrelatedModalStepper>(decay, FactorPsd(covariance));
}

}  // namespace adamsde
