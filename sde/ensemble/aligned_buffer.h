#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace adamsde {

/// Zeroed numbers that start at a cache line, so that no vector straddles two.
template <typename Number>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(static_cast<Number*>(::operator new(size * sizeof(Number), kAlignment))) {
    std::fill_n(data_.get(), size, Number{0});
  }

  [[nodiscard]] Number* Data() { return data_.get(); }
  [[nodiscard]] const Number* Data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Delete {
    void operator()(Number* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<Number[], Delete> data_;
};

}  // namespace adamsde
