#include "sde/parallel/array_map.h"

#include <fmt/format.h>

#include <stdexcept>

namespace adamsde {
namespace {

template <typename Value>
const Value& Find(const std::map<std::string, Value>& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) {
    throw std::invalid_argument(fmt::format("the saved state has no '{}'", name));
  }
  return found->second;
}

}  // namespace

const Eigen::MatrixXd& ArrayMap::Matrix(const std::string& name) const {
  return Find(matrices, name);
}

const std::vector<std::int64_t>& ArrayMap::Integers(const std::string& name) const {
  return Find(integers, name);
}

const std::vector<std::int64_t>& ArrayMap::Integers(const std::string& name,
                                                    std::size_t count) const {
  const std::vector<std::int64_t>& found = Integers(name);
  if (found.size() != count) {
    throw std::invalid_argument(fmt::format("the saved state has {} numbers in '{}' (must be {})",
                                            found.size(), name, count));
  }
  return found;
}

}  // namespace adamsde
