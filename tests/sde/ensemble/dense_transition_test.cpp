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
  bool white = false;  // L = I
};

struct Matrices {
  Eigen::VectorXd rates;
  Eigen::MatrixXd increment;
  Eigen::MatrixXd noise;
};

Matrices MakeMatrices(const Shape& shape) {
  std::srand(7);
  Matrices m{.rates = Eigen::VectorXd::Random(shape.dimension),
             .increment = {},
             .noise = Eigen::MatrixXd::Random(shape.dimension, shape.noise)};
  if (shape.drift) m.increment = Eigen::MatrixXd::Random(shape.dimension, shape.dimension);
  if (shape.triangular) {
    m.noise = Eigen::MatrixXd(m.noise.triangularView<Eigen::Lower>());
  }
  if (shape.white) m.noise.setIdentity();
  return m;
}

template <typename Number>
using Panel = Eigen::Map<Eigen::Matrix<Number, kPanelChains, Eigen::Dynamic>>;

/// State rows of all panels side by side, d × chains, after one product; pads must stay zero.
template <typename Number>
Eigen::MatrixXd Apply(const Matrices& m, const Eigen::MatrixXd& y, const Eigen::MatrixXd& z,
                      InstructionSet set) {
  const DenseTransition<Number> transition(m.rates, m.increment, m.noise);
  const Eigen::Index d = transition.Dimension();
  const Eigen::Index pad = transition.StateRows();
  const auto size = static_cast<std::size_t>(kPanels * transition.PanelStride());
  AlignedBuffer<Number> in(size);
  AlignedBuffer<Number> out(size);
  for (Eigen::Index p = 0; p < kPanels; ++p) {
    Number* const from = in.Data() + p * transition.PanelStride();
    Panel<Number>(from, kPanelChains, d) =
        y.middleCols<kPanelChains>(p * kPanelChains).transpose().template cast<Number>();
    Panel<Number>(from + pad * kPanelChains, kPanelChains, m.noise.cols()) =
        z.middleCols<kPanelChains>(p * kPanelChains).transpose().template cast<Number>();
  }
  transition.Apply(kPanels, in.Data(), out.Data(), DenseKernelFor<Number>(set));
  Eigen::MatrixXd result(d, kPanels * kPanelChains);
  for (Eigen::Index p = 0; p < kPanels; ++p) {
    Number* const to = out.Data() + p * transition.PanelStride();
    result.middleCols<kPanelChains>(p * kPanelChains) =
        Panel<Number>(to, kPanelChains, d).template cast<double>().transpose();
    EXPECT_TRUE(Panel<Number>(to + d * kPanelChains, kPanelChains, pad - d).isZero(0));
  }
  return result;
}

template <typename Number>
void ExpectTheProduct(const Shape& shape, double unit_roundoff) {
  const Matrices m = MakeMatrices(shape);
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(shape.dimension, kPanels * kPanelChains);
  const Eigen::MatrixXd z = Eigen::MatrixXd::Random(shape.noise, kPanels * kPanelChains);
  Eigen::MatrixXd expected = y + m.rates.asDiagonal() * y + m.noise * z;
  if (shape.drift) expected += m.increment * y;
  const Eigen::MatrixXd baseline = Apply<Number>(m, y, z, InstructionSet::kBaseline);
  const auto terms = static_cast<double>(shape.dimension + shape.noise);
  EXPECT_LE((baseline - expected).cwiseAbs().maxCoeff(),
            2 * unit_roundoff * (2 + terms) * std::sqrt(terms));
  for (const InstructionSet set : {InstructionSet::kX86_64V3, InstructionSet::kX86_64V4}) {
    if (set > BestInstructionSet()) continue;
    EXPECT_EQ(Apply<Number>(m, y, z, set), baseline) << DenseKernelFor<Number>(set).name;
  }
}

class DenseProduct : public ::testing::TestWithParam<Shape> {};

TEST_P(DenseProduct, IsTheMatrixProductWithTheSameBitsOnEveryLevel) {
  ExpectTheProduct<double>(GetParam(), 0x1p-53);
}

TEST_P(DenseProduct, InSinglePrecisionToo) { ExpectTheProduct<float>(GetParam(), 0x1p-24); }

INSTANTIATE_TEST_SUITE_P(
    Shapes, DenseProduct,
    ::testing::Values(Shape{1, 1, true, true}, Shape{4, 2, true, false}, Shape{5, 9, true, false},
                      Shape{13, 13, true, true}, Shape{24, 24, false, true},
                      Shape{31, 31, false, true}, Shape{300, 290, true, true},
                      Shape{257, 520, true, false}, Shape{3, 3, true, false, true},
                      Shape{29, 29, false, false, true}, Shape{301, 301, true, false, true}));

TEST(DenseTransition, SkipsWhatIsZero) {
  const Matrices full = MakeMatrices({120, 120, true, false});
  Matrices half = full;
  half.noise = Eigen::MatrixXd(full.noise.triangularView<Eigen::Lower>());
  const double saved = DenseTransition<double>(full.rates, full.increment, full.noise).Flops() -
                       DenseTransition<double>(half.rates, half.increment, half.noise).Flops();
  EXPECT_GT(saved, 0.8 * 120 * 120);  // of 2·120²/2, in strips of 12 rows
  Matrices white = full;
  white.noise.setIdentity();
  EXPECT_EQ(DenseTransition<double>(full.rates, full.increment, white.noise).Flops(),
            DenseTransition<double>(full.rates, full.increment, {120, 0}).Flops());
  // A row of zeros still moves: y' = y + r∘y.
  Matrices still = full;
  still.increment = {};
  still.noise.setZero();
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(120, kPanels * kPanelChains);
  const Eigen::MatrixXd z = Eigen::MatrixXd::Random(120, kPanels * kPanelChains);
  EXPECT_EQ(Apply<double>(still, y, z, BestInstructionSet()),
            Eigen::MatrixXd(y + still.rates.asDiagonal() * y));
}

}  // namespace
}  // namespace adamsde
