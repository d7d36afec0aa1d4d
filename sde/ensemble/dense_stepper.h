#pragma once

#include <memory>

#include "sde/ensemble/stepper.h"

namespace adamsde {

/// y' = y + r∘y + G y + L z (DenseTransition), in either precision.
/// @param increment  G, or empty for none
[[nodiscard]] std::unique_ptr<Stepper> MakeDenseStepper(const Eigen::VectorXd& rates,
                                                        const Eigen::MatrixXd& increment,
                                                        const Eigen::MatrixXd& noise,
                                                        Precision precision,
                                                        Coordinates coordinates = {});

}  // namespace adamsde
