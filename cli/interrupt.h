#pragma once

#include <csignal>
#include <exception>

namespace adamsde {

/// Thrown out of a run that the user, or the time limit, ended, and whose state is saved.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

/// While it lives, SIGINT and SIGTERM are noted instead of ending the process; another, two seconds
/// or more after the first, ends it at once (130).
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
