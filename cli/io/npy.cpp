#include "cli/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/io/text.h"

namespace adamsde {
namespace {

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

/// The text after 'key': in the header's Python dictionary.
std::string_view ValueOf(const std::filesystem::path& path, std::string_view dictionary,
                         std::string_view key) {
  const std::size_t at = dictionary.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) Refuse(path, fmt::format("its header has no '{}'", key));
  std::string_view rest = dictionary.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

void ParseType(const std::filesystem::path& path, std::string_view value, Header& header) {
  const std::string_view type = value.substr(0, std::min<std::size_t>(value.size(), 5));
  if (type == "'<f8'" || type == "'>f8'" || type == "'<f4'" || type == "'>f4'") {
    header.big_endian = type[1] == '>';
    header.item_size = type[3] == '8' ? 8 : 4;
    return;
  }
  Refuse(path, fmt::format("its type is {}, allowed are float64 and float32", type));
}

void ParseShape(const std::filesystem::path& path, std::string_view value, Header& header) {
  const std::size_t close = value.find(')');
  if (!value.starts_with('(') || close == std::string_view::npos)
    Refuse(path, "its shape is malformed");
  std::string_view list = value.substr(1, close - 1);
  while (!list.empty()) {
    if (list.front() == ' ' || list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    std::size_t extent = 0;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), extent);
    if (error != std::errc()) Refuse(path, "its shape is malformed");
    header.shape.push_back(extent);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
  }
}

Header ParseHeader(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != "\x93NUMPY") Refuse(path, "no NumPy magic");
  const int version = bytes[6];
  if (version < 1 || version > 3) Refuse(path, fmt::format("format version {}", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  }
  Header header;
  header.data_offset = 8 + length_bytes + length;
  if (header.data_offset > bytes.size()) Refuse(path, "its header is cut short");
  const std::string_view dictionary = bytes.substr(8 + length_bytes, length);
  ParseType(path, ValueOf(path, dictionary, "descr"), header);
  header.fortran_order = ValueOf(path, dictionary, "fortran_order").starts_with("True");
  ParseShape(path, ValueOf(path, dictionary, "shape"), header);
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
  if (header.shape.empty() || header.shape.size() > 2) {
    Refuse(path, fmt::format("it has {} dimensions, allowed are 1 and 2", header.shape.size()));
  }
  const std::size_t rows = header.shape[0];
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
    : file_(path) {
  file_.Write(HeaderFor(fmt::format("{}, {}, {}", chains, records, dimension)));
}

void NpySampleWriter::Append(const Eigen::MatrixXd& rows) {
  const RowMajor ordered = rows;
  file_.Write(ordered.data(), static_cast<std::size_t>(ordered.size()));
}

void NpySampleWriter::Commit() { file_.Commit(); }

}  // namespace adamsde
