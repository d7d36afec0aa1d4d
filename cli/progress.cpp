#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/standard_streams.h"

namespace adamsde {

ProgressBar::ProgressBar(const std::string& mode, std::string label)
    : shown_(mode == "always" || (mode == "auto" && ::isatty(STDERR_FILENO) != 0)),
      label_(std::move(label)) {}

ProgressBar::~ProgressBar() {
  if (shown_) WriteToStderr(fmt::format("\r{:70}\r", ""));
}

std::function<void(double)> ProgressBar::Callback() {
  if (!shown_) return {};
  return [this](double fraction) { Show(fraction); };
}

void ProgressBar::Show(double fraction) {
  const Clock::time_point now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200) && fraction < 1) return;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left = fraction > 0 ? elapsed / fraction - elapsed : 0;
  constexpr int kWidth = 30;
  const auto filled = static_cast<int>(kWidth * fraction);
  WriteToStderr(fmt::format("\r{} [{:#<{}}{:.<{}}] {:3.0f} % {:.0f} s left ", label_, "", filled,
                            "", kWidth - filled, 100 * fraction, left));
}

}  // namespace adamsde
