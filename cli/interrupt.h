#pragma once

#include <csignal>

namespace adamsde {

/// While it lives, SIGINT and SIGTERM are noted instead of ending the process.
class InterruptScope {
 public:
  InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
  ~InterruptScope();

  /// The signal that came, or 0.
  [[nodiscard]] static int Caught();

 private:
  using Handler = void (*)(int);
  Handler before_int_;
  Handler before_term_;
};

}  // namespace adamsde
