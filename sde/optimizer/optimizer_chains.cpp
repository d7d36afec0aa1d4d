#include "sde/optimizer/optimizer_chains.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "sde/random/normal_block.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// States are kept d × chains, component fastest, as gradients of single chains want them.
class OptimizerBlock final : public ChainBlock {
 public:
  OptimizerBlock(std::unique_ptr<GradientBlock> gradients, const UpdateRule& rule,
                 std::int64_t first_step, Eigen::MatrixXd x, Eigen::MatrixXd m, Eigen::MatrixXd n,
                 const Eigen::VectorXd& origin)
      : gradients_(std::move(gradients)),
        rule_(rule),
        first_step_(first_step),
        origin_(origin),
        x_(std::move(x)),
        m_(std::move(m)),
        n_(std::move(n)),
        gradient_(x_.rows(), x_.cols()) {}

  void Advance(std::uint64_t first, std::uint64_t count) override {
    for (std::uint64_t t = first; t < first + count; ++t) {
      gradients_->Evaluate(t, x_, gradient_);
      ApplyUpdate(MakeUpdateStep(rule_, first_step_ + static_cast<std::int64_t>(t)), x_.size(),
                  gradient_.data(), x_.data(), m_.data(), n_.data());
    }
  }

  [[nodiscard]] const Eigen::MatrixXd& States() override {
    states_ = (x_.colwise() - origin_).transpose();
    return states_;
  }

  [[nodiscard]] const Eigen::MatrixXd& Observables() override {
    observables_ = n_.transpose();
    return observables_;
  }

  [[nodiscard]] Eigen::MatrixXd Save() override {
    Eigen::MatrixXd saved(x_.rows(), 3 * x_.cols());
    saved << x_, m_, n_;
    return saved;
  }

  void Restore(const Eigen::MatrixXd& saved) override {
    const Eigen::Index chains = x_.cols();
    RequireShape(saved, x_.rows(), 3 * chains);
    x_ = saved.leftCols(chains);
    m_ = saved.middleCols(chains, chains);
    n_ = saved.rightCols(chains);
  }

 private:
  std::unique_ptr<GradientBlock> gradients_;
  const UpdateRule& rule_;
  std::int64_t first_step_;
  const Eigen::VectorXd& origin_;
  Eigen::MatrixXd x_;
  Eigen::MatrixXd m_;
  Eigen::MatrixXd n_;
  Eigen::MatrixXd gradient_;
  Eigen::MatrixXd states_;
  Eigen::MatrixXd observables_;
};

void RequireLength(const char* name, Eigen::Index length, Eigen::Index dimension) {
  if (length != dimension) {
    throw std::invalid_argument(
        fmt::format("{} has length {} (must be {})", name, length, dimension));
  }
}

}  // namespace

OptimizerChains::OptimizerChains(const GradientSource& gradients, const UpdateRule& rule,
                                 const OptimizerStart& start, Eigen::VectorXd origin,
                                 std::uint64_t seed, std::int64_t first_step)
    : gradients_(gradients),
      rule_(rule),
      start_(start),
      origin_(std::move(origin)),
      seed_(seed),
      first_step_(first_step) {
  Validate(rule);
  const Eigen::Index d = gradients.Dimension();
  RequireLength("origin", origin_.size(), d);
  RequireLength("initial mean", start.mean.size(), d);
  if (start.factor.size() > 0) RequireLength("initial factor", start.factor.rows(), d);
  if (start.first_moment.size() > 0) {
    RequireLength("initial first moment", start.first_moment.size(), d);
  }
  if (start.first_moment_factor.size() > 0) {
    RequireLength("initial first moment factor", start.first_moment_factor.rows(), d);
    RequireLength("row of initial first moment factor", start.first_moment_factor.cols(),
                  start.factor.cols());
  }
  if (start.second_moment.size() > 0 || rule.second_moment == SecondMoment::kFrozen) {
    RequireLength("initial second moment", start.second_moment.size(), d);
  }
}

std::unique_ptr<ChainBlock> OptimizerChains::Start(std::uint32_t first_chain) const {
  const Eigen::Index d = Dimension();
  Eigen::MatrixXd x = start_.mean.replicate(1, kBlockChains);
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(d, kBlockChains);
  Eigen::MatrixXd n = Eigen::MatrixXd::Zero(d, kBlockChains);
  if (start_.first_moment.size() > 0) m.colwise() += start_.first_moment;
  if (start_.second_moment.size() > 0) n.colwise() += start_.second_moment;
  if (start_.factor.size() > 0) {
    NormalBlock normals(kBlockChains, start_.factor.cols());
    const NormalStream stream{.seed = seed_, .stream = kInitialStateStream};
    const auto z = normals.At(stream, first_chain, 0).transpose();
    x.noalias() += start_.factor * z;
    if (start_.first_moment_factor.size() > 0) m.noalias() += start_.first_moment_factor * z;
  }
  return std::make_unique<OptimizerBlock>(gradients_.Start(first_chain), rule_, first_step_,
                                          std::move(x), std::move(m), std::move(n), origin_);
}

}  // namespace adamsde
