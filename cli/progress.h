#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace adamsde {

/// A bar on stderr with the time left: "auto" on a terminal only, "always", or "never".
class ProgressBar {
 public:
  ProgressBar(const std::string& mode, std::string label);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// Empty where nothing is to be shown.
  [[nodiscard]] std::function<void(double fraction)> Callback();

 private:
  void Show(double fraction);

  using Clock = std::chrono::steady_clock;
  bool shown_;
  std::string label_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace adamsde
