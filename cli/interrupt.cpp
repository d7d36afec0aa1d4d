#include "cli/interrupt.h"

#include <atomic>

namespace adamsde {
namespace {

std::atomic<int> caught = 0;
static_assert(std::atomic<int>::is_always_lock_free, "set from a signal handler");

}  // namespace

InterruptScope::InterruptScope() {
  const auto note = [](int signal) { caught.store(signal); };
  before_int_ = std::signal(SIGINT, note);
  before_term_ = std::signal(SIGTERM, note);
}

InterruptScope::~InterruptScope() {
  std::signal(SIGINT, before_int_);
  std::signal(SIGTERM, before_term_);
}

int InterruptScope::Caught() { return caught.load(std::memory_order_relaxed); }

}  // namespace adamsde
