#include "sde/ensemble/stepper.h"

#include <cmath>
#include <utility>

#include "sde/ensemble/dense_transition.h"
#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

constexpr Eigen::Index kPanels = kBlockChains / kPanelChains;
static_assert(kPanels * kPanelChains == kBlockChains);

/// y' = s∘y + G y + L z. Two sets of panels alternate: the even one holds the states before and the
/// normals of an even transition, the odd one those of the transition after it.
class DenseStepper final : public Stepper {
 public:
  explicit DenseStepper(DenseTransition transition)
      : transition_(std::move(transition)), kernel_(DenseKernelFor(BestInstructionSet())) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return transition_.Dimension(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override {
    return transition_.NoiseDimension();
  }
  [[nodiscard]] std::size_t WorkspaceSize() const override {
    return static_cast<std::size_t>(kPanels * transition_.PanelStride());
  }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    CopyStates(tile.state, tile.workspace[first % 2].Data());
    for (std::uint64_t n = first; n < first + count; ++n) {
      FillNoise(stream, n / 2, tile);
      transition_.Apply(kPanels, tile.workspace[n % 2].Data(), tile.workspace[(n + 1) % 2].Data(),
                        kernel_);
    }
    CopyBack(tile.workspace[(first + count) % 2].Data(), tile.state);
  }

 private:
  using Panel = Eigen::Map<Eigen::Matrix<double, kPanelChains, Eigen::Dynamic>>;
  using ConstPanel = Eigen::Map<const Eigen::Matrix<double, kPanelChains, Eigen::Dynamic>>;

  void CopyStates(const Eigen::MatrixXd& state, double* panels) const {
    for (Eigen::Index p = 0; p < kPanels; ++p) {
      Panel(panels + p * transition_.PanelStride(), kPanelChains, Dimension()) =
          state.middleRows<kPanelChains>(p * kPanelChains);
    }
  }

  void CopyBack(const double* panels, Eigen::MatrixXd& state) const {
    for (Eigen::Index p = 0; p < kPanels; ++p) {
      state.middleRows<kPanelChains>(p * kPanelChains) =
          ConstPanel(panels + p * transition_.PanelStride(), kPanelChains, Dimension());
    }
  }

  /// The normals of transitions 2·pair and 2·pair + 1, generated together.
  void FillNoise(const NormalStream& stream, std::uint64_t pair, Tile& tile) const {
    if (std::exchange(tile.filled_pair, pair) == pair) return;
    const Eigen::Index below_states = DenseTransition::StateRows(Dimension()) * kPanelChains;
    for (Eigen::Index p = 0; p < kPanels; ++p) {
      const Eigen::Index at = p * transition_.PanelStride() + below_states;
      FillNormals(stream, tile.first_chain + static_cast<std::uint32_t>(p * kPanelChains), pair,
                  kPanelChains, NoiseDimension(), tile.workspace[0].Data() + at,
                  tile.workspace[1].Data() + at, kPanelChains);
    }
  }

  DenseTransition transition_;
  const DenseKernel& kernel_;
};

/// Modal coordinates with diagonal noise: u_i' = f_i u_i + g_i z_i.
class DiagonalStepper final : public Stepper {
 public:
  DiagonalStepper(Eigen::VectorXd decay, Eigen::VectorXd noise)
      : decay_(std::move(decay)), noise_(std::move(noise)) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return decay_.size(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return decay_.size(); }
  [[nodiscard]] std::size_t WorkspaceSize() const override { return 0; }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    AdvanceModal(stream, tile.first_chain, first, count, kBlockChains, Dimension(), decay_.data(),
                 noise_.data(), tile.state.data(), kBlockChains);
  }

 private:
  Eigen::VectorXd decay_;
  Eigen::VectorXd noise_;
};

}  // namespace

Tile::Tile(const Stepper& stepper, std::uint32_t first)
    : first_chain(first),
      state(Eigen::MatrixXd::Zero(kBlockChains, stepper.Dimension())),
      workspace{AlignedBuffer(stepper.WorkspaceSize()), AlignedBuffer(stepper.WorkspaceSize())} {}

std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel) {
  return std::make_unique<DenseStepper>(DenseTransition(
      Eigen::VectorXd::Ones(kernel.increment.rows()), kernel.increment, kernel.noise));
}

std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system, double time_step) {
  const Eigen::VectorXd decay = 1.0 - time_step * system.rates.array();
  const Eigen::MatrixXd covariance = time_step * system.noise;
  if (system.noise_is_diagonal) {
    return std::make_unique<DiagonalStepper>(decay, covariance.diagonal().cwiseSqrt());
  }
  return std::make_unique<DenseStepper>(DenseTransition(decay, {}, FactorPsd(covariance)));
}

}  // namespace adamsde
