#pragma once

#include <exception>
#include <mutex>
#include <utility>

namespace adamsde {

/// Carries the first exception out of an OpenMP region, which none may leave by itself.
class ExceptionCarrier {
 public:
  template <typename Work>
  void operator()(Work&& work) noexcept {
    try {
      std::forward<Work>(work)();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!first_) first_ = std::current_exception();
    }
  }

  [[nodiscard]] bool Caught() {
    const std::scoped_lock lock(mutex_);
    return first_ != nullptr;
  }

  void Rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

}  // namespace adamsde
