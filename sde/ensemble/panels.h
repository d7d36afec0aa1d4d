#pragma once

#include <Eigen/Core>

#include "sde/ensemble/dense_kernel.h"
#include "sde/ensemble/stepper.h"
#include "sde/random/float_panel.h"

namespace adamsde {

/// Panels of a block.
inline constexpr Eigen::Index kPanels = kBlockChains / kPanelChains;
static_assert(kPanels * kPanelChains == kBlockChains && kPanelChains == kFloatPanel);

/// Where chain i of a panel stands in its rows: single precision's generator alternates halves.
template <typename Number>
constexpr Eigen::Index PanelLane(Eigen::Index i) {
  return sizeof(Number) == sizeof(float) ? FloatLane(i) : i;
}

/// The states of a block, kBlockChains × d, to the first rows of panels `stride` numbers apart.
template <typename Number>
void CopyToPanels(const Eigen::MatrixXd& state, Eigen::Index stride, Number* panels) {
  for (Eigen::Index c = 0; c < state.cols(); ++c) {
    for (Eigen::Index i = 0; i < kBlockChains; ++i) {
      panels[i / kPanelChains * stride + c * kPanelChains + PanelLane<Number>(i % kPanelChains)] =
          static_cast<Number>(state(i, c));
    }
  }
}

template <typename Number>
void CopyFromPanels(const Number* panels, Eigen::Index stride, Eigen::MatrixXd& state) {
  for (Eigen::Index c = 0; c < state.cols(); ++c) {
    for (Eigen::Index i = 0; i < kBlockChains; ++i) {
      state(i, c) = static_cast<double>(panels[i / kPanelChains * stride + c * kPanelChains +
                                               PanelLane<Number>(i % kPanelChains)]);
    }
  }
}

}  // namespace adamsde
