#include "cli/interrupt.h"

#include <atomic>
#include <cstdlib>
#include <ctime>

namespace adamsde {
namespace {

std::atomic<int> caught = 0;
std::atomic<std::time_t> caught_at = 0;
static_assert(std::atomic<int>::is_always_lock_free &&
                  std::atomic<std::time_t>::is_always_lock_free,
              "set from a signal handler");

/// A launcher may send the same signal twice at once; a user who repeats it means it.
void Note(int signal) {
  constexpr std::time_t kSeconds = 2;
  const std::time_t now = std::time(nullptr);
  if (caught.exchange(signal) == 0) {
    caught_at = now;
  } else if (now - caught_at >= kSeconds) {
    std::_Exit(130);
  }
}

}  // namespace

InterruptScope::InterruptScope() {
  before_int_ = std::signal(SIGINT, &Note);
  before_term_ = std::signal(SIGTERM, &Note);
}

InterruptScope::~InterruptScope() {
  std::signal(SIGINT, before_int_);
  std::signal(SIGTERM, before_term_);
}

int InterruptScope::Caught() { return caught.load(std::memory_order_relaxed); }

}  // namespace adamsde
