#include "cli/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/io/text.h"

namespace adamsde {
namespace {

static_assert(std::endian::native == std::endian::little, "files are written as '<f8'");

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Header {
  std::size_t data_offset = 0;
  std::size_t item_size = 0;
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& why) {
  throw std::invalid_argument(fmt::format("{} is not a usable .npy file ({})", path.string(), why));
}

/// Reads the header's Python dictionary, such as
/// {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }: each key once, nothing else.
class DictionaryReader {
 public:
  DictionaryReader(const std::filesystem::path& path, std::string_view text)
      : path_(path), text_(text) {}

  void operator()(Header& header) {
    std::vector<std::string> missing = {"descr", "fortran_order", "shape"};
    Expect('{');
    while (!Take('}')) {
      const std::string key = Quoted();
      if (std::erase(missing, key) == 0) {
        Refuse(path_, fmt::format("its header has an unknown or repeated key '{}'", key));
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
    if (!text_.empty()) Refuse(path_, "its header is malformed");
    if (!missing.empty()) Refuse(path_, fmt::format("its header has no '{}'", missing.front()));
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
    if (!Take(c)) Refuse(path_, "its header is malformed");
  }

  std::string Quoted() {
    SkipSpaces();
    const char quote = Take('"') ? '"' : '\'';
    if (quote == '\'') Expect(quote);
    const std::size_t length = text_.find(quote);
    if (length == std::string_view::npos) Refuse(path_, "its header is malformed");
    const std::string word(text_.substr(0, length));
    text_.remove_prefix(length + 1);
    return word;
  }

  bool Boolean() {
    if (Take("True")) return true;
    if (!Take("False")) Refuse(path_, "its fortran_order is neither True nor False");
    return false;
  }

  void ReadType(Header& header) {
    if (Take('[')) Refuse(path_, "its type is a record, allowed are float64 and float32");
    const std::string type = Quoted();
    if (type != "<f8" && type != ">f8" && type != "<f4" && type != ">f4") {
      Refuse(path_, fmt::format("its type is '{}', allowed are float64 and float32", type));
    }
    header.big_endian = type[0] == '>';
    header.item_size = type[2] == '8' ? 8 : 4;
  }

  /// (), (n,) or (n, m, …): the tuples of Python.
  void ReadShape(Header& header) {
    constexpr const char* kMalformed = "its shape is malformed";
    if (!Take('(')) Refuse(path_, kMalformed);
    while (!Take(')')) {
      SkipSpaces();
      std::size_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc()) Refuse(path_, kMalformed);
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      header.shape.push_back(extent);
      if (Take(',')) continue;
      if (header.shape.size() < 2 || !Take(')')) Refuse(path_, kMalformed);
      return;
    }
  }

  const std::filesystem::path& path_;
  std::string_view text_;
};

Header ParseHeader(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != "\x93NUMPY") Refuse(path, "no NumPy magic");
  const int version = bytes[6];
  const int minor = bytes[7];
  if (version < 1 || version > 3 || minor != 0) {
    Refuse(path, fmt::format("format version {}.{}", version, minor));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  }
  Header header;
  header.data_offset = 8 + length_bytes + length;
  if (header.data_offset > bytes.size()) Refuse(path, "its header is cut short");
  DictionaryReader(path, bytes.substr(8 + length_bytes, length))(header);
  return header;
}

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

std::string HeaderFor(const std::string& shape) {
  std::string dictionary =
      fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}", shape);
  // Data start at a multiple of 64.
  dictionary.append(63 - (10 + dictionary.size()) % 64, ' ');
  dictionary.push_back('\n');
  std::string header = "\x93NUMPY";
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

}  // namespace

LoadedMatrix ReadNpy(const std::filesystem::path& path) {
  const std::string bytes = ReadTextFile(path);
  const Header header = ParseHeader(path, bytes);
  if (header.shape.size() > 2) {
    Refuse(path, fmt::format("it has {} dimensions, allowed are 0 to 2", header.shape.size()));
  }
  const std::size_t rows = header.shape.empty() ? 1 : header.shape[0];
  const std::size_t columns = header.shape.size() == 2 ? header.shape[1] : 1;
  const std::size_t available = (bytes.size() - header.data_offset) / header.item_size;
  if (rows == 0 || columns == 0) Refuse(path, "it is empty");
  // Division, so that a huge shape cannot overflow.
  if (rows > available / columns || rows * columns != available ||
      (bytes.size() - header.data_offset) % header.item_size != 0) {
    Refuse(path, fmt::format("its shape {}x{} does not match its {} bytes of data", rows, columns,
                             bytes.size() - header.data_offset));
  }
  LoadedMatrix loaded{.values = Eigen::MatrixXd(rows, columns),
                      .is_float32 = header.item_size == 4};
  const char* at = bytes.data() + header.data_offset;
  for (std::size_t k = 0; k < rows * columns; ++k, at += header.item_size) {
    const double value = header.item_size == 8
                             ? Decode<std::uint64_t, double>(at, header.big_endian)
                             : Decode<std::uint32_t, float>(at, header.big_endian);
    const std::size_t i = header.fortran_order ? k % rows : k / columns;
    const std::size_t j = header.fortran_order ? k / rows : k % columns;
    loaded.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
  }
  return loaded;
}

void WriteNpy(const std::filesystem::path& path, const Eigen::MatrixXd& matrix) {
  const RowMajor rows = matrix;
  AtomicFile file(path);
  file.Write(HeaderFor(fmt::format("{}, {}", matrix.rows(), matrix.cols())));
  file.Write(rows.data(), static_cast<std::size_t>(rows.size()));
  file.Commit();
}

void WriteNpy(const std::filesystem::path& path, const Eigen::VectorXd& vector) {
  AtomicFile file(path);
  file.Write(HeaderFor(fmt::format("{},", vector.size())));
  file.Write(vector.data(), static_cast<std::size_t>(vector.size()));
  file.Commit();
}

NpySampleWriter::NpySampleWriter(const std::filesystem::path& path, std::int64_t chains,
                                 std::int64_t records, std::int64_t dimension)
    : file_(path), missing_(chains * records * dimension) {
  file_.Write(HeaderFor(fmt::format("{}, {}, {}", chains, records, dimension)));
}

void NpySampleWriter::Append(const Eigen::MatrixXd& rows) {
  const RowMajor ordered = rows;
  missing_ -= ordered.size();
  assert(missing_ >= 0);
  file_.Write(ordered.data(), static_cast<std::size_t>(ordered.size()));
}

void NpySampleWriter::Commit() {
  assert(missing_ == 0);
  file_.Commit();
}

}  // namespace adamsde
