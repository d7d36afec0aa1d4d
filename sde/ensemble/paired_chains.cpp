#include "sde/ensemble/paired_chains.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace adamsde {
namespace {

/// A block of which nothing but the states is observed.
class StatesOnly final : public ChainBlock {
 public:
  StatesOnly(std::unique_ptr<ChainBlock> block, Eigen::Index observables)
      : block_(std::move(block)), none_(Eigen::MatrixXd::Zero(kBlockChains, observables)) {}

  void Advance(std::uint64_t first, std::uint64_t count) override { block_->Advance(first, count); }
  [[nodiscard]] const Eigen::MatrixXd& States() override { return block_->States(); }
  [[nodiscard]] const Eigen::MatrixXd& Observables() override { return none_; }
  [[nodiscard]] Eigen::MatrixXd Save() override { return block_->Save(); }
  void Restore(const Eigen::MatrixXd& saved) override { block_->Restore(saved); }

 private:
  std::unique_ptr<ChainBlock> block_;
  Eigen::MatrixXd none_;
};

}  // namespace

PairedChains::PairedChains(const ChainSource& first, const ChainSource& second, std::int64_t chains)
    : first_(first), second_(second), chains_(chains) {
  if (chains < 1 || chains % kBlockChains != 0) {
    throw std::invalid_argument(
        fmt::format("{} paired chains (must be a multiple of {})", chains, kBlockChains));
  }
  if (first.Dimension() != second.Dimension()) {
    throw std::invalid_argument(fmt::format("paired chains in {} and {} dimensions (must agree)",
                                            first.Dimension(), second.Dimension()));
  }
}

std::unique_ptr<ChainBlock> PairedChains::Start(std::uint32_t first_chain) const {
  const auto chains = static_cast<std::uint32_t>(chains_);
  if (first_chain < chains) return first_.Start(first_chain);
  return std::make_unique<StatesOnly>(second_.Start(first_chain - chains), NumObservables());
}

}  // namespace adamsde
