#include "sde/optimizer/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace adamsde {

Schedule Schedule::Geometric(double value, double ratio) {
  if (!(ratio > 0 && ratio <= 1)) {
    throw std::invalid_argument(
        fmt::format("ratio = {} is not allowed (must be in (0, 1])", ratio));
  }
  Schedule schedule(value);
  schedule.shape_ = Shape::kGeometric;
  schedule.ratio_ = ratio;
  return schedule;
}

Schedule Schedule::SecondMomentDecay(double value, double beta2, double gradient_bound,
                                     double delta) {
  const double loss = beta2 * gradient_bound * gradient_bound / delta;
  if (!(loss < 1)) {
    throw std::invalid_argument(
        fmt::format("no decaying weight-decay (beta2*c_inf^2 = {:.6g} must be < delta = {:.6g}) "
                    "use a larger --delta or a smaller --beta2",
                    loss * delta, delta));
  }
  return Geometric(value, 1 - loss);
}

Schedule Schedule::InverseRoot(double value) {
  Schedule schedule(value);
  schedule.shape_ = Shape::kInverseRoot;
  return schedule;
}

Schedule Schedule::CappedAt(double cap) const {
  Schedule schedule = *this;
  schedule.cap_ = cap;
  return schedule;
}

double Schedule::Uncapped(std::int64_t step) const {
  switch (shape_) {
    case Shape::kGeometric:
      return value_ * std::pow(ratio_, static_cast<double>(step));
    case Shape::kInverseRoot:
      return value_ / std::sqrt(static_cast<double>(step) + 1);
    case Shape::kConstant:
      break;
  }
  return value_;
}

double Schedule::At(std::int64_t step) const {
  const double value = Uncapped(step);
  return cap_ > 0 ? std::min(value, cap_) : value;
}

std::int64_t Schedule::StepsAboveCap() const {
  if (cap_ == 0 || !(value_ > cap_)) return 0;
  const double excess = value_ / cap_;
  double steps = std::numeric_limits<double>::infinity();  // above for ever
  if (shape_ == Shape::kInverseRoot) steps = excess * excess - 1;
  if (shape_ == Shape::kGeometric && ratio_ < 1) steps = std::log(excess) / -std::log(ratio_);
  if (!(steps < 0x1p62)) return std::numeric_limits<std::int64_t>::max();
  auto k = static_cast<std::int64_t>(steps);
  while (k > 0 && !(Uncapped(k - 1) > cap_)) --k;
  while (Uncapped(k) > cap_) ++k;
  return k;
}

}  // namespace adamsde
