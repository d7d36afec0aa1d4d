#include "sde/ensemble/dense_stepper.h"

#include <array>
#include <utility>

#include "sde/ensemble/aligned_buffer.h"
#include "sde/ensemble/dense_transition.h"
#include "sde/ensemble/panels.h"

namespace adamsde {
namespace {

/// Transitions whose normals are generated together.
template <typename Number>
constexpr std::size_t kPhases = sizeof(Number) == sizeof(float) ? 4 : 2;

/// One set of panels for each phase, which holds the states before a transition and its normals;
/// the states after it go to the next set.
template <typename Number>
struct DenseWorkspace final : StepperWorkspace {
  std::array<AlignedBuffer<Number>, kPhases<Number>> panels;
  std::uint64_t filled = ~std::uint64_t{0};  // the transitions, over kPhases, that normals are of

  explicit DenseWorkspace(std::size_t size) {
    for (auto& set : panels) set = AlignedBuffer<Number>(size);
  }
};

void FillPanel(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t group,
               Eigen::Index components, const std::array<double*, 2>& noise) {
  FillNormals(stream, first_chain, group, kPanelChains, components, noise[0], noise[1],
              kPanelChains);
}

void FillPanel(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t group,
               Eigen::Index components, const std::array<float*, 4>& noise) {
  FillNormalsFloat(stream, first_chain, group, components, noise.data());
}

template <typename Number>
class DenseStepper final : public Stepper {
 public:
  DenseStepper(DenseTransition<Number> transition, Coordinates coordinates)
      : Stepper(std::move(coordinates)),
        transition_(std::move(transition)),
        kernel_(DenseKernelFor<Number>(BestInstructionSet())) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return transition_.Dimension(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override {
    return transition_.NoiseDimension();
  }
  [[nodiscard]] std::unique_ptr<StepperWorkspace> MakeWorkspace() const override {
    return std::make_unique<DenseWorkspace<Number>>(
        static_cast<std::size_t>(kPanels * transition_.PanelStride()));
  }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    auto& workspace = static_cast<DenseWorkspace<Number>&>(*tile.workspace);
    const auto at = [&](std::uint64_t n) { return workspace.panels[n % kPhases<Number>].Data(); };
    CopyToPanels(tile.state, transition_.PanelStride(), at(first));
    for (std::uint64_t n = first; n < first + count; ++n) {
      FillNoise(stream, tile.first_chain, n / kPhases<Number>, workspace);
      transition_.Apply(kPanels, at(n), at(n + 1), kernel_);
    }
    CopyFromPanels(at(first + count), transition_.PanelStride(), tile.state);
  }

 private:
  void FillNoise(const NormalStream& stream, std::uint32_t first_chain, std::uint64_t group,
                 DenseWorkspace<Number>& workspace) const {
    if (std::exchange(workspace.filled, group) == group) return;
    for (Eigen::Index p = 0; p < kPanels; ++p) {
      std::array<Number*, kPhases<Number>> noise{};
      for (std::size_t phase = 0; phase < noise.size(); ++phase) {
        noise[phase] = workspace.panels[phase].Data() + p * transition_.PanelStride() +
                       transition_.StateRows() * kPanelChains;
      }
      FillPanel(stream, first_chain + static_cast<std::uint32_t>(p * kPanelChains), group,
                NoiseDimension(), noise);
    }
  }

  DenseTransition<Number> transition_;
  const DenseKernel<Number>& kernel_;
};

}  // namespace

std::unique_ptr<Stepper> MakeDenseStepper(const Eigen::VectorXd& rates,
                                          const Eigen::MatrixXd& increment,
                                          const Eigen::MatrixXd& noise, Precision precision,
                                          Coordinates coordinates) {
  if (precision == Precision::kFloat) {
    return std::make_unique<DenseStepper<float>>(DenseTransition<float>(rates, increment, noise),
                                                 std::move(coordinates));
  }
  return std::make_unique<DenseStepper<double>>(DenseTransition<double>(rates, increment, noise),
                                                std::move(coordinates));
}

}  // namespace adamsde
