#pragma once

#include <cstdint>
#include <optional>

#include "sde/optimizer/descent.h"
#include "sde/problem/hyperparameters.h"

namespace adamsde {

/// What the statements of THEORY §5 are made of.
struct TheoremConstants {
  double smoothness = 0;      ///< L; ℓ2-Adam (Corollary 2): L + λ
  double gradient_bound = 0;  ///< c∞ of the minibatch gradient; ℓ2-Adam: c∞ + λR
  double noise_variance = 0;  ///< σ² of ONE sample's gradient
  double batch_size = 1;      ///< b
  double delta = 0;           ///< δ
  double weight_decay = 0;    ///< λ, decoupled (0 where it is in L: ℓ2-Adam)
  double gap = 0;             ///< F(x₀) − F*, the Δ of the print
  double regularizer = 0;     ///< (λ/2)‖x₀‖²_{v₀}, what the print's Δ leaves out
  double dimension = 1;
  std::optional<double> pl_constant = {};  ///< μ

  [[nodiscard]] double C1() const;  ///< √δ
  [[nodiscard]] double C2() const;  ///< √(c∞² + δ)
  /// σ²/b.
  [[nodiscard]] double BatchVariance() const { return noise_variance / batch_size; }
};

/// Which reading of a statement its hyperparameters follow.
enum class Reading {
  kPrinted,    ///< the statement
  kProof,      ///< what its proof writes
  kCorrected,  ///< what its proof needs to close
};
[[nodiscard]] const char* ToString(Reading reading);

/// Given values win over what loss and noise say (a valid but weaker constant).
struct ConstantOverrides {
  std::optional<double> smoothness = {};
  std::optional<double> gradient_bound = {};
  std::optional<double> noise_variance = {};
  std::optional<double> gap = {};
  std::optional<double> pl_constant = {};

  [[nodiscard]] bool Any() const;
};

/// Constants of a run that starts at `start`. v₀ is bounded by √((|∂F(x₀)| + s)² + δ), and Gaussian
/// noise by 5 s/√b (then c∞ is no bound, only unlikely to be exceeded).
/// @param radius  R of Corollary 2, used for ℓ2-Adam only
/// @throws std::invalid_argument  an override that is not > 0, or stronger than the loss allows.
[[nodiscard]] TheoremConstants MakeTheoremConstants(const KnownLoss& loss,
                                                    const AdditiveNoise& noise,
                                                    const Hyperparameters& hyper,
                                                    const Eigen::VectorXd& start, double radius,
                                                    const ConstantOverrides& overrides);

}  // namespace adamsde
