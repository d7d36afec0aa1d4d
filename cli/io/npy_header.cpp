#include "cli/io/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace adamsde {
namespace {

/// Reads the header's Python dictionary, such as
/// {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }: each key once, nothing else.
class DictionaryReader {
 public:
  DictionaryReader(const std::filesystem::path& path, std::string_view text)
      : path_(path), text_(text) {}

  void operator()(NpyHeader& header) {
    std::vector<std::string> missing = {"descr", "fortran_order", "shape"};
    Expect('{');
    while (!Take('}')) {
      const std::string key = Quoted();
      if (std::erase(missing, key) == 0) {
        RefuseNpy(path_, fmt::format("its header has an unknown or repeated key '{}'", key));
      }
      Expect(':');
      if (key == "descr") ReadType(header);
      if (key == "fortran_order") header.fortran_order = Boolean();
      if (key == "shape") ReadShape(header);
      if (!Take(',')) {
        Expect('}');
        break;
      }
    }
    SkipSpaces();
    if (!text_.empty()) RefuseNpy(path_, "its header is malformed");
    if (!missing.empty()) RefuseNpy(path_, fmt::format("its header has no '{}'", missing.front()));
  }

 private:
  void SkipSpaces() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }

  bool Take(std::string_view word) {
    SkipSpaces();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool Take(char c) { return Take(std::string_view(&c, 1)); }

  void Expect(char c) {
    if (!Take(c)) RefuseNpy(path_, "its header is malformed");
  }

  std::string Quoted() {
    SkipSpaces();
    const char quote = Take('"') ? '"' : '\'';
    if (quote == '\'') Expect(quote);
    const std::size_t length = text_.find(quote);
    if (length == std::string_view::npos) RefuseNpy(path_, "its header is malformed");
    std::string word(text_.substr(0, length));
    text_.remove_prefix(length + 1);
    return word;
  }

  bool Boolean() {
    if (Take("True")) return true;
    if (!Take("False")) RefuseNpy(path_, "its fortran_order is neither True nor False");
    return false;
  }

  void ReadType(NpyHeader& header) {
    if (Take('[')) RefuseNpy(path_, "its type is a record, allowed are float64 and float32");
    header.type = Quoted();
  }

  /// (), (n,) or (n, m, …): the tuples of Python.
  void ReadShape(NpyHeader& header) {
    constexpr const char* kMalformed = "its shape is malformed";
    if (!Take('(')) RefuseNpy(path_, kMalformed);
    while (!Take(')')) {
      SkipSpaces();
      std::size_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc()) RefuseNpy(path_, kMalformed);
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      header.shape.push_back(extent);
      if (Take(',')) continue;
      if (header.shape.size() < 2 || !Take(')')) RefuseNpy(path_, kMalformed);
      return;
    }
  }

  const std::filesystem::path& path_;
  std::string_view text_;
};

template <typename Word, typename Float>
double Decode(const char* from, bool big_endian) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  if (big_endian) {
    Word swapped = 0;
    for (std::size_t i = 0; i < sizeof word; ++i) {
      swapped = static_cast<Word>(swapped << 8) | ((word >> (8 * i)) & 0xff);
    }
    word = swapped;
  }
  return static_cast<double>(std::bit_cast<Float>(word));
}

}  // namespace

void RefuseNpy(const std::filesystem::path& path, const std::string& why) {
  throw std::invalid_argument(fmt::format("{} is not a usable .npy file ({})", path.string(), why));
}

double DecodeFloat(const char* from, std::size_t item_size, bool big_endian) {
  return item_size == 8 ? Decode<std::uint64_t, double>(from, big_endian)
                        : Decode<std::uint32_t, float>(from, big_endian);
}

NpyHeader ParseNpyHeader(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != "\x93NUMPY") RefuseNpy(path, "no NumPy magic");
  const int version = static_cast<unsigned char>(bytes[6]);
  const int minor = static_cast<unsigned char>(bytes[7]);
  if (version < 1 || version > 3 || minor != 0) {
    RefuseNpy(path, fmt::format("format version {}.{}", version, minor));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  }
  NpyHeader header;
  header.data_offset = 8 + length_bytes + length;
  if (header.data_offset > bytes.size()) RefuseNpy(path, "its header is cut short");
  DictionaryReader(path, bytes.substr(8 + length_bytes, length))(header);
  return header;
}

}  // namespace adamsde
