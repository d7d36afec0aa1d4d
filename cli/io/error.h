#pragma once

#include <stdexcept>

namespace adamsde {

/// Writing failed (exit code 5). A missing or malformed input is std::invalid_argument (exit 2).
class IoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace adamsde
