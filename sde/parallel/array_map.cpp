#include "sde/parallel/array_map.h"

#include <fmt/format.h>

#include <cstring>
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

void Put(const void* values, std::size_t size, std::string& bytes) {
  bytes.append(static_cast<const char*>(values), size);
}

void PutNumber(std::size_t number, std::string& bytes) {
  const auto value = static_cast<std::int64_t>(number);
  Put(&value, sizeof value, bytes);
}

void PutText(const std::string& text, std::string& bytes) {
  PutNumber(text.size(), bytes);
  Put(text.data(), text.size(), bytes);
}

/// Takes a message apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  void Take(void* values, std::size_t count, std::size_t size) {
    if (count > bytes_.size() / size) throw std::invalid_argument("a message is cut short");
    if (count > 0) std::memcpy(values, bytes_.data(), count * size);
    bytes_.remove_prefix(count * size);
  }
  std::size_t TakeNumber() {
    std::int64_t value = 0;
    Take(&value, 1, sizeof value);
    if (value < 0) throw std::invalid_argument("a message has a negative size");
    return static_cast<std::size_t>(value);
  }
  /// A number of items of this size that the message has room for.
  std::size_t TakeCount(std::size_t size) {
    const std::size_t count = TakeNumber();
    if (count > bytes_.size() / size) throw std::invalid_argument("a message is cut short");
    return count;
  }
  std::string TakeText() {
    std::string text(TakeCount(1), '\0');
    Take(text.data(), text.size(), 1);
    return text;
  }

 private:
  std::string_view bytes_;
};

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

std::string ToBytes(const ArrayMap& arrays) {
  std::string bytes;
  PutNumber(arrays.integers.size(), bytes);
  for (const auto& [name, values] : arrays.integers) {
    PutText(name, bytes);
    PutNumber(values.size(), bytes);
    Put(values.data(), values.size() * sizeof(std::int64_t), bytes);
  }
  PutNumber(arrays.matrices.size(), bytes);
  for (const auto& [name, values] : arrays.matrices) {
    PutText(name, bytes);
    PutNumber(static_cast<std::size_t>(values.rows()), bytes);
    PutNumber(static_cast<std::size_t>(values.cols()), bytes);
    Put(values.data(), static_cast<std::size_t>(values.size()) * sizeof(double), bytes);
  }
  return bytes;
}

ArrayMap FromBytes(std::string_view bytes) {
  ArrayMap arrays;
  Reader reader(bytes);
  for (std::size_t left = reader.TakeNumber(); left > 0; --left) {
    std::vector<std::int64_t>& values = arrays.integers[reader.TakeText()];
    values.resize(reader.TakeCount(sizeof(std::int64_t)));
    reader.Take(values.data(), values.size(), sizeof(std::int64_t));
  }
  for (std::size_t left = reader.TakeNumber(); left > 0; --left) {
    Eigen::MatrixXd& values = arrays.matrices[reader.TakeText()];
    const std::size_t rows = reader.TakeNumber();
    const std::size_t columns = reader.TakeNumber();
    if (columns > 0 && rows > bytes.size() / sizeof(double) / columns) {
      throw std::invalid_argument("a message is cut short");
    }
    values.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    reader.Take(values.data(), rows * columns, sizeof(double));
  }
  return arrays;
}

}  // namespace adamsde
