#include "cli/io/npy.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/io/npy_header.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

static_assert(std::endian::native == std::endian::little, "files are written as '<f8'");

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

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
  const NpyHeader header = ParseNpyHeader(path, bytes);
  const std::string& type = header.type;
  if (type != "<f8" && type != ">f8" && type != "<f4" && type != ">f4") {
    RefuseNpy(path, fmt::format("its type is '{}', allowed are float64 and float32", type));
  }
  const bool big_endian = type[0] == '>';
  const std::size_t item_size = type[2] == '8' ? 8 : 4;
  if (header.shape.size() > 2) {
    RefuseNpy(path, fmt::format("it has {} dimensions, allowed are 0 to 2", header.shape.size()));
  }
  const std::size_t rows = header.shape.empty() ? 1 : header.shape[0];
  const std::size_t columns = header.shape.size() == 2 ? header.shape[1] : 1;
  const std::size_t available = (bytes.size() - header.data_offset) / item_size;
  if (rows == 0 || columns == 0) RefuseNpy(path, "it is empty");
  // Division, so that a huge shape cannot overflow.
  if (rows > available / columns || rows * columns != available ||
      (bytes.size() - header.data_offset) % item_size != 0) {
    RefuseNpy(path, fmt::format("its shape {}x{} does not match its {} bytes of data", rows,
                                columns, bytes.size() - header.data_offset));
  }
  LoadedMatrix loaded{.values = Eigen::MatrixXd(rows, columns), .is_float32 = item_size == 4};
  const char* at = bytes.data() + header.data_offset;
  for (std::size_t k = 0; k < rows * columns; ++k, at += item_size) {
    const double value = DecodeFloat(at, item_size, big_endian);
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

std::string NpyBytes(const Eigen::MatrixXd& matrix) {
  const RowMajor rows = matrix;
  std::string bytes = HeaderFor(fmt::format("{}, {}", matrix.rows(), matrix.cols()));
  return bytes.append(reinterpret_cast<const char*>(rows.data()),
                      static_cast<std::size_t>(rows.size()) * sizeof(double));
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
