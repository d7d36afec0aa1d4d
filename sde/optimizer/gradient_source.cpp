#include "sde/optimizer/gradient_source.h"

#include <cassert>
#include <cmath>
#include <span>
#include <utility>

#include "sde/ensemble/stepper.h"
#include "sde/process/psd_factor.h"
#include "sde/random/normal_block.h"
#include "sde/random/streams.h"

namespace adamsde {
namespace {

/// What GradientSource::At does where nothing better is known.
class FixedPointBlock final : public GradientBlock {
 public:
  FixedPointBlock(std::unique_ptr<GradientBlock> source, const Eigen::VectorXd& point)
      : source_(std::move(source)), points_(point.replicate(1, kBlockChains)) {}

  void Evaluate(std::uint64_t step, const Eigen::MatrixXd& /*x*/,
                Eigen::MatrixXd& gradient) override {
    source_->Evaluate(step, points_, gradient);
  }

 private:
  std::unique_ptr<GradientBlock> source_;
  Eigen::MatrixXd points_;
};

class FixedPointGradients final : public GradientSource {
 public:
  FixedPointGradients(const GradientSource& source, Eigen::VectorXd point)
      : source_(source), point_(std::move(point)) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return source_.Dimension(); }
  [[nodiscard]] std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<FixedPointBlock>(source_.Start(first_chain), point_);
  }

 private:
  const GradientSource& source_;
  Eigen::VectorXd point_;
};

class QuadraticBlock final : public GradientBlock {
 public:
  QuadraticBlock(const QuadraticProblem& problem, const Eigen::MatrixXd& factor,
                 const NormalStream& stream, std::uint32_t first_chain)
      : problem_(problem),
        factor_(factor),
        stream_(stream),
        first_chain_(first_chain),
        normals_(kBlockChains, factor.cols()),
        deviation_(problem.Dimension(), kBlockChains) {}

  void Evaluate(std::uint64_t step, const Eigen::MatrixXd& x, Eigen::MatrixXd& gradient) override {
    deviation_ = x.colwise() - problem_.minimizer;
    gradient.noalias() = problem_.hessian * deviation_;
    gradient.noalias() += factor_ * normals_.At(stream_, first_chain_, step).transpose();
  }

 private:
  const QuadraticProblem& problem_;
  const Eigen::MatrixXd& factor_;
  NormalStream stream_;
  std::uint32_t first_chain_;
  NormalBlock normals_;
  Eigen::MatrixXd deviation_;
};

class QuadraticGradients final : public GradientSource {
 public:
  QuadraticGradients(QuadraticProblem problem, std::uint64_t seed, double noise_scale)
      : problem_(std::move(problem)),
        factor_(std::sqrt(noise_scale) * FactorPsd(problem_.gradient_noise)),
        stream_{.seed = seed, .stream = kGradientNoiseStream} {}

  [[nodiscard]] Eigen::Index Dimension() const override { return problem_.Dimension(); }
  [[nodiscard]] std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<QuadraticBlock>(problem_, factor_, stream_, first_chain);
  }

 private:
  QuadraticProblem problem_;
  Eigen::MatrixXd factor_;  // C^½, d×k
  NormalStream stream_;
};

class MinibatchBlock final : public GradientBlock {
 public:
  /// @param point  where all gradients are taken; null: at x
  MinibatchBlock(const SampledLoss& loss, const PointGradients* point,
                 const MinibatchOptions& options, std::uint32_t first_chain)
      : loss_(loss), point_(point), drawer_(options, first_chain, kBlockChains) {}

  void Evaluate(std::uint64_t step, const Eigen::MatrixXd& x, Eigen::MatrixXd& gradient) override {
    for (Eigen::Index lane = 0; lane < x.cols(); ++lane) {
      const std::span<const Eigen::Index> rows = drawer_.Draw(lane, step);
      if (point_ != nullptr) {
        point_->Batch(rows, gradient.col(lane));
      } else {
        loss_.BatchGradient(x.col(lane), rows, gradient.col(lane));
      }
    }
  }

 private:
  const SampledLoss& loss_;
  const PointGradients* point_;
  MinibatchDrawer drawer_;
};

class MinibatchGradients final : public GradientSource {
 public:
  MinibatchGradients(const SampledLoss& loss, const MinibatchOptions& options,
                     std::unique_ptr<PointGradients> point)
      : loss_(loss), options_(options), point_(std::move(point)) {
    Validate(options);
  }

  [[nodiscard]] Eigen::Index Dimension() const override { return loss_.Dimension(); }
  [[nodiscard]] std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<MinibatchBlock>(loss_, point_.get(), options_, first_chain);
  }
  [[nodiscard]] std::unique_ptr<GradientSource> At(const Eigen::VectorXd& point) const override {
    if (point_ != nullptr) return GradientSource::At(point);  // x does not matter any more
    return std::make_unique<MinibatchGradients>(loss_, options_, loss_.At(point));
  }

 private:
  const SampledLoss& loss_;
  MinibatchOptions options_;
  std::unique_ptr<PointGradients> point_;
};

class GaussianSampleBlock final : public GradientBlock {
 public:
  /// @param point  where all gradients are taken; null: at x
  GaussianSampleBlock(const SampledLoss& loss, const PointGradients* point, double noise,
                      const NormalStream& stream, std::uint32_t first_chain)
      : loss_(loss),
        point_(point),
        noise_(noise),
        stream_(stream),
        first_chain_(first_chain),
        normals_(kBlockChains, loss.NumSamples()),
        weights_(loss.NumSamples(), kBlockChains) {}

  void Evaluate(std::uint64_t step, const Eigen::MatrixXd& x, Eigen::MatrixXd& gradient) override {
    weights_.noalias() = noise_ * normals_.At(stream_, first_chain_, step).transpose();
    const double share = 1 / static_cast<double>(loss_.NumSamples());
    for (Eigen::Index lane = 0; lane < x.cols(); ++lane) {
      auto weights = weights_.col(lane);
      weights.array() += share - weights.mean();
    }
    if (point_ != nullptr) {
      point_->Weighted(weights_, gradient);
      return;
    }
    for (Eigen::Index lane = 0; lane < x.cols(); ++lane) {
      gradient.col(lane) = loss_.WeightedGradient(x.col(lane), weights_.col(lane));
    }
  }

 private:
  const SampledLoss& loss_;
  const PointGradients* point_;
  double noise_;
  NormalStream stream_;
  std::uint32_t first_chain_;
  NormalBlock normals_;
  Eigen::MatrixXd weights_;
};

class GaussianSampleGradients final : public GradientSource {
 public:
  GaussianSampleGradients(const SampledLoss& loss, double noise, const NormalStream& stream,
                          std::unique_ptr<PointGradients> point)
      : loss_(loss), noise_(noise), stream_(stream), point_(std::move(point)) {}

  [[nodiscard]] Eigen::Index Dimension() const override { return loss_.Dimension(); }
  [[nodiscard]] std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<GaussianSampleBlock>(loss_, point_.get(), noise_, stream_, first_chain);
  }
  [[nodiscard]] std::unique_ptr<GradientSource> At(const Eigen::VectorXd& point) const override {
    if (point_ != nullptr) return GradientSource::At(point);  // x does not matter any more
    return std::make_unique<GaussianSampleGradients>(loss_, noise_, stream_, loss_.At(point));
  }

 private:
  const SampledLoss& loss_;
  double noise_;  // of one weight
  NormalStream stream_;
  std::unique_ptr<PointGradients> point_;
};

/// √(scale·f/(bn)).
double WeightNoise(const MinibatchOptions& options, double noise_scale) {
  Validate(options);
  const auto n = static_cast<double>(options.num_samples);
  const auto b = static_cast<double>(options.batch_size);
  double scale = noise_scale / (b * n);
  if (options.sampling != MinibatchSampling::kReplacement) scale *= n > 1 ? (n - b) / (n - 1) : 0;
  return std::sqrt(scale);
}

class LinearizedBlock final : public GradientBlock {
 public:
  LinearizedBlock(std::unique_ptr<GradientBlock> at_point, const Eigen::MatrixXd& hessian,
                  const Eigen::VectorXd& point)
      : at_point_(std::move(at_point)), hessian_(hessian), point_(point) {}

  void Evaluate(std::uint64_t step, const Eigen::MatrixXd& x, Eigen::MatrixXd& gradient) override {
    at_point_->Evaluate(step, x, gradient);
    deviation_ = x.colwise() - point_;
    gradient.noalias() += hessian_ * deviation_;
  }

 private:
  std::unique_ptr<GradientBlock> at_point_;
  const Eigen::MatrixXd& hessian_;
  const Eigen::VectorXd& point_;
  Eigen::MatrixXd deviation_;
};

class LinearizedGradients final : public GradientSource {
 public:
  LinearizedGradients(const GradientSource& source, Eigen::MatrixXd hessian, Eigen::VectorXd point)
      : hessian_(std::move(hessian)), point_(std::move(point)), at_point_(source.At(point_)) {
    assert(hessian_.rows() == Dimension() && point_.size() == Dimension());
  }

  [[nodiscard]] Eigen::Index Dimension() const override { return at_point_->Dimension(); }
  [[nodiscard]] std::unique_ptr<GradientBlock> Start(std::uint32_t first_chain) const override {
    return std::make_unique<LinearizedBlock>(at_point_->Start(first_chain), hessian_, point_);
  }

 private:
  Eigen::MatrixXd hessian_;
  Eigen::VectorXd point_;
  std::unique_ptr<GradientSource> at_point_;
};

}  // namespace

std::unique_ptr<GradientSource> GradientSource::At(const Eigen::VectorXd& point) const {
  return std::make_unique<FixedPointGradients>(*this, point);
}

std::unique_ptr<GradientSource> MakeQuadraticGradients(const QuadraticProblem& problem,
                                                       std::uint64_t seed, double noise_scale) {
  Validate(problem);
  return std::make_unique<QuadraticGradients>(problem, seed, noise_scale);
}

std::unique_ptr<GradientSource> MakeMinibatchGradients(const SampledLoss& loss,
                                                       const MinibatchOptions& options) {
  return std::make_unique<MinibatchGradients>(loss, options, nullptr);
}

std::unique_ptr<GradientSource> MakeGaussianSampleGradients(const SampledLoss& loss,
                                                            const MinibatchOptions& options,
                                                            double noise_scale) {
  const NormalStream stream{.seed = options.seed, .stream = kGradientNoiseStream};
  return std::make_unique<GaussianSampleGradients>(loss, WeightNoise(options, noise_scale), stream,
                                                   nullptr);
}

std::unique_ptr<GradientSource> MakeLinearizedGradients(const GradientSource& source,
                                                        Eigen::MatrixXd hessian,
                                                        Eigen::VectorXd point) {
  return std::make_unique<LinearizedGradients>(source, std::move(hessian), std::move(point));
}

}  // namespace adamsde
