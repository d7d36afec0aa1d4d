#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <stdexcept>
#include <string>

namespace adamsde::testing {

/// The action throws std::invalid_argument with `part` in its message.
template <typename Action>
void ExpectInvalid(const Action& action, const std::string& part) {
  EXPECT_THAT(action, ::testing::Throws<std::invalid_argument>(
                          ::testing::Property(&std::exception::what, ::testing::HasSubstr(part))));
}

/// The bytes numpy.save writes: versions 2 and 3 have four bytes of header length, version 1 two.
inline std::string NumpyBytes(const std::string& dictionary, const std::string& data,
                              int version = 1, int minor = 0) {
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::string header = dictionary;
  header.append(63 - (8 + length_bytes + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += static_cast<char>(minor);
  for (std::size_t i = 0; i < length_bytes; ++i) {
    bytes += static_cast<char>((header.size() >> (8 * i)) & 0xff);
  }
  return bytes + header + data;
}

template <typename Number>
std::string BytesOf(std::initializer_list<Number> numbers) {
  std::string bytes;
  for (const Number number : numbers) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return bytes;
}

}  // namespace adamsde::testing
