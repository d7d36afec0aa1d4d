#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "analysis/convergence/theorem1.h"

namespace adamsde::testing {

/// A setup with its loss.
struct Experiment {
  std::unique_ptr<KnownLoss> loss;
  ConvergenceSetup setup;
  double radius = 10;

  Experiment(std::unique_ptr<KnownLoss> known, double start, double scale, double delta)
      : loss(std::move(known)) {
    setup.loss = loss.get();
    setup.noise.scale = scale;
    setup.hyper.batch_size = 1;
    setup.hyper.delta = delta;
    setup.start = Eigen::VectorXd::Constant(loss->Dimension(), start);
    setup.radius = loss->Constants().radius.value_or(setup.radius);
    Complete();
  }
  /// After a change of hyperparameters.
  void Complete() {
    setup.constants =
        MakeTheoremConstants(*loss, setup.noise, setup.hyper, setup.start, radius, {});
  }
};

inline Experiment NonConvex(double start = 2) {
  return Experiment(MakeSaturatingLoss(1, 1, 0), start, 0.25, 0.5);
}

inline Experiment Pl(double scale = 0.2) {
  return Experiment(MakeSineQuadraticLoss(1, 3), 2.5, scale, 100);
}

inline const Inequality& Find(const ConvergenceReport& report, const std::string& name,
                              const std::string& parameters) {
  for (const Inequality& i : report.inequalities) {
    if (i.name == name && i.parameters == parameters) return i;
  }
  ADD_FAILURE() << name << " " << parameters;
  return report.inequalities.front();
}

inline double Iterations(const ConvergenceReport& report, const std::string& parameters) {
  for (const ParameterRow& row : report.parameters) {
    if (row.parameters == parameters) return row.rate.iterations;
  }
  return 0;
}

}  // namespace adamsde::testing
