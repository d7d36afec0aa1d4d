#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace adamsde {

/// Zeroed doubles that start at a cache line, so that no vector straddles two.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(static_cast<double*>(::operator new(size * sizeof(double), kAlignment))) {
    std::fill_n(data_.get(), size, 0.0);
  }

  [[nodiscard]] double* Data() { return data_.get(); }
  [[nodiscard]] const double* Data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Delete {
    void operator()(double* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<double[], Delete> data_;
};

}  // namespace adamsde
