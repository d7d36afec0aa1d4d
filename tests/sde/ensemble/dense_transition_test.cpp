// The packed matrix product against Eigen's, in shapes that fill no strip, chunk or stretch evenly.
#include "sde/ensemble/dense_transition.h"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <vector>

namespace adamsde {
namespace {

constexpr Eigen::Index kPanels = 3;

struct Shape {
  Eigen::Index dimension;
  Eigen::Index noise;
  bool drift;
  bool triangular;
};

struct Matrices {
  Eigen::VectorXd scale;
  Eigen::MatrixXd increment;
  Eigen::MatrixXd noise;
};

Matrices MakeMatrices(const Shape& shape) {
  std::srand(7);
  Matrices m{.scale = Eigen::VectorXd::Random(shape.dimension),
             .increment = {},
             .noise = Eigen::MatrixXd::Random(shape.dimension, shape.noise)};
  if (shape.drift) m.increment = Eigen::MatrixXd::Random(shape.dimension, shape.dimension);
  if (shape.triangular) {
    m.noise = Eigen::MatrixXd(m.noise.triangularView<Eigen::Lower>());
  }
  return m;
}

using Panel = Eigen::Map<Eigen::Matrix<double, kPanelChains, Eigen::Dynamic>>;

/// State rows of all panels side by side, d × chains, after one product; pads must stay zero.
Eigen::MatrixXd Apply(const Matrices& m, const Eigen::MatrixXd& y, const Eigen::MatrixXd& z,
                      const DenseKernel& kernel) {
  const DenseTransition transition(m.scale, m.increment, m.noise);
  const Eigen::Index d = transition.Dimension();
  const Eigen::Index pad = DenseTransition::StateRows(d);
  const auto size = static_cast<std::size_t>(kPanels * transition.PanelStride());
  AlignedBuffer in(size);
  AlignedBuffer out(size);
  Eigen::MatrixXd result(d, kPanels * kPanelChains);
  for (Eigen::Index p = 0; p < kPanels; ++p) {
    double* const from = in.Data() + p * transition.PanelStride();
    Panel(from, kPanelChains, d) = y.middleCols<kPanelChains>(p * kPanelChains).transpose();
    Panel(from + pad * kPanelChains, kPanelChains, m.noise.cols()) =
        z.middleCols<kPanelChains>(p * kPanelChains).transpose();
  }
  transition.Apply(kPanels, in.Data(), out.Data(), kernel);
  for (Eigen::Index p = 0; p < kPanels; ++p) {
    double* const to = out.Data() + p * transition.PanelStride();
    result.middleCols<kPanelChains>(p * kPanelChains) = Panel(to, kPanelChains, d).transpose();
    EXPECT_TRUE(Panel(to + d * kPanelChains, kPanelChains, pad - d).isZero(0));
  }
  return result;
}

class DenseProduct : public ::testing::TestWithParam<Shape> {};

TEST_P(DenseProduct, IsTheMatrixProductWithTheSameBitsOnEveryLevel) {
  const Shape& shape = GetParam();
  const Matrices m = MakeMatrices(shape);
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(shape.dimension, kPanels * kPanelChains);
  const Eigen::MatrixXd z = Eigen::MatrixXd::Random(shape.noise, kPanels * kPanelChains);
  Eigen::MatrixXd expected = m.scale.asDiagonal() * y + m.noise * z;
  if (shape.drift) expected += m.increment * y;
  const Eigen::MatrixXd baseline = Apply(m, y, z, DenseKernelFor(InstructionSet::kBaseline));
  const auto terms = static_cast<double>(shape.dimension + shape.noise);
  EXPECT_LE((baseline - expected).cwiseAbs().maxCoeff(), 2.3e-16 * terms * std::sqrt(terms));
  for (const InstructionSet set : {InstructionSet::kX86_64V3, InstructionSet::kX86_64V4}) {
    if (set > BestInstructionSet()) continue;
    EXPECT_EQ(Apply(m, y, z, DenseKernelFor(set)), baseline) << DenseKernelFor(set).name;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DenseProduct,
                         ::testing::Values(Shape{1, 1, true, true}, Shape{4, 2, true, false},
                                           Shape{5, 9, true, false}, Shape{13, 13, true, true},
                                           Shape{24, 24, false, true}, Shape{31, 31, false, true},
                                           Shape{300, 290, true, true},
                                           Shape{257, 520, true, false}));

TEST(DenseTransition, SkipsWhatIsZero) {
  const Matrices full = MakeMatrices({120, 120, true, false});
  Matrices half = full;
  half.noise = Eigen::MatrixXd(full.noise.triangularView<Eigen::Lower>());
  const double saved = DenseTransition(full.scale, full.increment, full.noise).Flops() -
                       DenseTransition(half.scale, half.increment, half.noise).Flops();
  EXPECT_GT(saved, 0.8 * 120 * 120);  // of 2·120²/2, in strips of 12 rows
  // A row of zeros still moves: y' = s∘y.
  Matrices still = full;
  still.increment = {};
  still.noise.setZero();
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(120, kPanels * kPanelChains);
  const Eigen::MatrixXd z = Eigen::MatrixXd::Random(120, kPanels * kPanelChains);
  EXPECT_EQ(Apply(still, y, z, DenseKernelFor(BestInstructionSet())),
            Eigen::MatrixXd(still.scale.asDiagonal() * y));
}

}  // namespace
}  // namespace adamsde
