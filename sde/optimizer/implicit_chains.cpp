#include "sde/optimizer/implicit_chains.h"

#include <utility>

#include "sde/random/normal_block.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

class ImplicitBlock final : public ChainBlock {
 public:
  ImplicitBlock(std::unique_ptr<GradientBlock> gradients, const ImplicitSde& sde, Eigen::MatrixXd x)
      : gradients_(std::move(gradients)),
        sde_(sde),
        coupled_(sde.optimizer == OptimizerKind::kL2Adam),
        x_(std::move(x)),
        drift_(x_.rows(), x_.cols()) {}

  void Advance(std::uint64_t first, std::uint64_t count) override {
    for (std::uint64_t t = first; t < first + count; ++t) {
      gradients_->Evaluate(t, x_, drift_);
      if (coupled_) drift_ += sde_.weight_decay * x_;
      drift_.array().colwise() *= sde_.q.array();
      if (!coupled_) drift_ += sde_.weight_decay * x_;
      x_.noalias() -= sde_.step * drift_;
    }
  }

  [[nodiscard]] const Eigen::MatrixXd& States() override {
    states_ = (x_.colwise() - sde_.mean).transpose();
    return states_;
  }

  [[nodiscard]] Eigen::MatrixXd Save() override { return x_; }
  void Restore(const Eigen::MatrixXd& saved) override {
    RequireShape(saved, x_.rows(), x_.cols());
    x_ = saved;
  }

 private:
  std::unique_ptr<GradientBlock> gradients_;
  const ImplicitSde& sde_;
  bool coupled_;
  Eigen::MatrixXd x_;
  Eigen::MatrixXd drift_;
  Eigen::MatrixXd states_;
};

}  // namespace

std::unique_ptr<ChainBlock> ImplicitChains::Start(std::uint32_t first_chain) const {
  NormalBlock normals(kBlockChains, sde_.factor.cols());
  const NormalStream stream{.seed = sde_.seed, .stream = kInitialStateStream};
  Eigen::MatrixXd x = sde_.factor * normals.At(stream, first_chain, 0).transpose();
  x.colwise() += sde_.mean;
  return std::make_unique<ImplicitBlock>(gradients_.Start(first_chain), sde_, std::move(x));
}

}  // namespace adamsde
