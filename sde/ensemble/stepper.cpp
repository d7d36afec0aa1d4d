#include "sde/ensemble/stepper.h"

#include <utility>

#include "sde/ensemble/aligned_buffer.h"
#include "sde/ensemble/dense_stepper.h"
#include "sde/ensemble/panels.h"
#include "sde/process/psd_factor.h"

namespace adamsde {
namespace {

/// Modal coordinates with diagonal noise: u_i' = f_i u_i + g_i z_i.
class DiagonalStepper final : public Stepper {
 public:
  DiagonalStepper(Eigen::VectorXd decay, Eigen::VectorXd noise, Coordinates coordinates)
      : Stepper(std::move(coordinates)), decay_(std::move(decay)), noise_(std::move(noise)) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return decay_.size(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return decay_.size(); }
  [[nodiscard]] std::unique_ptr<StepperWorkspace> MakeWorkspace() const override { return nullptr; }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    AdvanceModal(stream, tile.first_chain, first, count, kBlockChains, Dimension(), decay_.data(),
                 noise_.data(), tile.state.data(), kBlockChains);
  }

 private:
  Eigen::VectorXd decay_;
  Eigen::VectorXd noise_;
};

struct FloatPanels final : StepperWorkspace {
  AlignedBuffer<float> states;
  explicit FloatPanels(std::size_t size) : states(size) {}
};

/// The same in single precision, by increments f_i − 1.
class DiagonalFloatStepper final : public Stepper {
 public:
  DiagonalFloatStepper(const Eigen::VectorXd& increment, const Eigen::VectorXd& noise,
                       Coordinates coordinates)
      : Stepper(std::move(coordinates)),
        increment_(increment.cast<float>()),
        noise_(noise.cast<float>()) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return noise_.size(); }
  [[nodiscard]] Eigen::Index NoiseDimension() const override { return noise_.size(); }
  [[nodiscard]] std::unique_ptr<StepperWorkspace> MakeWorkspace() const override {
    return std::make_unique<FloatPanels>(static_cast<std::size_t>(kPanels * Stride()));
  }

  void Advance(const NormalStream& stream, std::uint64_t first, std::uint64_t count,
               Tile& tile) const override {
    float* const panels = static_cast<FloatPanels&>(*tile.workspace).states.Data();
    CopyToPanels(tile.state, Stride(), panels);
    for (Eigen::Index p = 0; p < kPanels; ++p) {
      AdvanceModalFloat(stream, tile.first_chain + static_cast<std::uint32_t>(p * kPanelChains),
                        first, count, Dimension(), increment_.data(), noise_.data(),
                        panels + p * Stride());
    }
    CopyFromPanels(panels, Stride(), tile.state);
  }

 private:
  [[nodiscard]] Eigen::Index Stride() const { return Dimension() * kPanelChains; }

  Eigen::VectorXf increment_;
  Eigen::VectorXf noise_;
};

/// u' = u + g∘u + noise of a covariance, which is d×1 where it is diagonal.
struct ModalTransition {
  Eigen::ArrayXd increment;
  Eigen::ArrayXXd covariance;
};

/// First a, then b.
ModalTransition Compose(const ModalTransition& a, const ModalTransition& b) {
  const Eigen::ArrayXd f = 1.0 + b.increment;
  const Eigen::ArrayXXd moved = a.covariance.colwise() * f;
  return {.increment = a.increment + b.increment + a.increment * b.increment,
          .covariance = b.covariance + (moved.cols() == 1
                                            ? Eigen::ArrayXXd(moved.colwise() * f)
                                            : Eigen::ArrayXXd(moved.rowwise() * f.transpose()))};
}

ModalTransition Leap(const ModalSystem& system, double time_step, std::int64_t steps) {
  ModalTransition power{.increment = -time_step * system.rates,
                        .covariance = time_step * system.noise};
  if (system.noise_is_diagonal) {
    power.covariance = Eigen::ArrayXXd(time_step * system.noise.diagonal());
  }
  ModalTransition result{.increment = Eigen::ArrayXd::Zero(system.Dimension()),
                         .covariance = 0 * power.covariance};
  for (std::int64_t remaining = steps; remaining > 0; remaining /= 2) {
    if (remaining % 2 != 0) result = Compose(result, power);
    if (remaining > 1) power = Compose(power, power);
  }
  return result;
}

}  // namespace

Tile::Tile(const Stepper& stepper, std::uint32_t first)
    : first_chain(first),
      state(Eigen::MatrixXd::Zero(kBlockChains, stepper.Dimension())),
      workspace(stepper.MakeWorkspace()) {}

std::unique_ptr<Stepper> MakeKernelStepper(const GaussianKernel& kernel, Precision precision) {
  return MakeDenseStepper(Eigen::VectorXd::Zero(kernel.increment.rows()), kernel.increment,
                          kernel.noise, precision);
}

std::unique_ptr<Stepper> MakeWhiteStepper(const GaussianKernel& kernel, Precision precision) {
  std::optional<WhiteKernel> white = WhitenNoise(kernel);
  if (!white) return MakeKernelStepper(kernel, precision);
  return MakeDenseStepper(Eigen::VectorXd::Zero(kernel.increment.rows()), white->kernel.increment,
                          white->kernel.noise, precision, std::move(white->coordinates));
}

std::unique_ptr<Stepper> MakeModalStepper(const ModalSystem& system, double time_step,
                                          Precision precision) {
  return MakeModalLeapStepper(system, time_step, 1, precision);
}

std::unique_ptr<Stepper> MakeModalLeapStepper(const ModalSystem& system, double time_step,
                                              std::int64_t steps, Precision precision) {
  Coordinates coordinates{.to = system.to_modal, .from = system.from_modal};
  const ModalTransition leap = Leap(system, time_step, steps);
  if (!system.noise_is_diagonal) {
    return MakeDenseStepper(leap.increment, {}, FactorPsd(leap.covariance), precision,
                            std::move(coordinates));
  }
  const Eigen::VectorXd noise = leap.covariance.col(0).cwiseSqrt();
  if (precision == Precision::kFloat) {
    return std::make_unique<DiagonalFloatStepper>(leap.increment, noise, std::move(coordinates));
  }
  return std::make_unique<DiagonalStepper>(1.0 + leap.increment, noise, std::move(coordinates));
}

double FloatError(double slowest_decay) {
  constexpr double u = 0x1p-24;
  return 10 * u + u * u / (6 * slowest_decay);
}

}  // namespace adamsde
