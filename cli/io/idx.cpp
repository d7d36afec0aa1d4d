#include "cli/io/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "cli/io/gzip.h"
#include "cli/io/text.h"
#include "cli/machine.h"

namespace adamsde {
namespace {

constexpr std::size_t kLongestHeader = 4 + 3 * 4;

[[noreturn]] void Refuse(const std::string& name, const std::string& why) {
  throw std::invalid_argument(fmt::format("cannot read '{}' as IDX ({})", name, why));
}

/// The shape, and where the data start.
struct Header {
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;
  std::size_t data_bytes = 0;
};

Header ParseHeader(std::string_view start, const std::string& name) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(start[i]); };
  if (start.size() < 4 || byte(0) != 0 || byte(1) != 0) Refuse(name, "bad magic number");
  if (byte(2) != 0x08) {
    Refuse(name, fmt::format("its type is 0x{:02x}, allowed is 0x08, unsigned bytes", byte(2)));
  }
  const std::size_t dimensions = byte(3);
  if (dimensions < 1 || dimensions > 3) {
    Refuse(name, fmt::format("it has {} dimensions, allowed are 1 to 3", dimensions));
  }
  Header header{.shape = {}, .data_offset = 4 + 4 * dimensions, .data_bytes = 1};
  if (start.size() < header.data_offset) Refuse(name, "its header is cut short");
  for (std::size_t k = 0; k < dimensions; ++k) {
    std::size_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = (extent << 8) | byte(4 + 4 * k + i);
    if (extent == 0) Refuse(name, fmt::format("dimension {} is 0", k + 1));
    if (__builtin_mul_overflow(header.data_bytes, extent, &header.data_bytes)) {
      Refuse(name, "its dimensions overflow");
    }
    header.shape.push_back(extent);
  }
  // As numbers, in the loss and in its transposed copy; and labels are text.
  RequireMemory(3.0 * sizeof(double) * static_cast<double>(header.data_bytes) +
                    2.0 * sizeof(std::string) * static_cast<double>(header.shape[0]),
                fmt::format("reading '{}'", name));
  return header;
}

std::filesystem::path UsualLabels(const std::filesystem::path& images, const std::string& option) {
  std::string name = images.filename().string();
  const std::size_t at = name.find("images");
  if (at == std::string::npos) {
    throw std::invalid_argument(fmt::format(
        "'{}' has no labels (its name has no \"images\" to replace) give their file by {}",
        images.string(), option));
  }
  name.replace(at, 6, "labels");
  if (const std::size_t idx = name.find("idx3"); idx != std::string::npos) {
    name.replace(idx, 4, "idx1");
  }
  const std::filesystem::path folder = images.parent_path();
  const std::string other = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name + ".gz";
  for (const std::string& candidate : {name, other}) {
    if (std::filesystem::exists(folder / candidate)) return folder / candidate;
  }
  throw std::invalid_argument(
      fmt::format("'{}' has no labels ('{}' is not there) give their file by {}", images.string(),
                  (folder / name).string(), option));
}

}  // namespace

bool IsIdx(std::string_view bytes, const std::string& name) {
  const std::string start =
      IsGzip(bytes) ? GunzipPrefix(bytes, name, 4) : std::string(bytes.substr(0, 4));
  return start.size() == 4 && start[0] == 0 && start[1] == 0;
}

IdxArray ParseIdx(std::string_view bytes, const std::string& name) {
  const bool packed = IsGzip(bytes);
  const Header header = ParseHeader(packed ? GunzipPrefix(bytes, name, kLongestHeader)
                                           : std::string(bytes.substr(0, kLongestHeader)),
                                    name);
  const std::size_t size = header.data_offset + header.data_bytes;
  std::string content = packed ? Gunzip(bytes, name, size) : std::string(bytes);
  if (content.size() != size) {
    Refuse(name, fmt::format("it has {} bytes of data, its header announces {}",
                             content.size() - std::min(content.size(), header.data_offset),
                             header.data_bytes));
  }
  return {.shape = header.shape, .bytes = content.substr(header.data_offset)};
}

IdxImages ReadIdxImages(const std::string& image_bytes, const std::filesystem::path& images,
                        const std::string& labels, const std::string& option) {
  IdxArray pixels = ParseIdx(image_bytes, images.string());
  if (pixels.shape.size() < 2) Refuse(images.string(), "it has one dimension: labels, not images");
  const std::filesystem::path labels_path =
      labels.empty() ? UsualLabels(images, option) : std::filesystem::path(labels);
  IdxArray classes = ParseIdx(ReadTextFile(labels_path), labels_path.string());
  if (classes.shape.size() != 1 || classes.shape[0] != pixels.shape[0]) {
    Refuse(labels_path.string(),
           fmt::format(
               "it holds {}, expected one label for each of the {} "
               "images",
               classes.shape.size() == 1 ? fmt::format("{} labels", classes.shape[0]) : "images",
               pixels.shape[0]));
  }
  return {.pixels = std::move(pixels), .labels = std::move(classes)};
}

Dataset ReadIdxDataset(const std::string& image_bytes, const std::filesystem::path& images,
                       const std::string& labels) {
  const auto [pixels, classes] = ReadIdxImages(image_bytes, images, labels);
  Dataset dataset;
  dataset.target_name = "label";
  const auto n = static_cast<Eigen::Index>(pixels.shape[0]);
  const auto p = static_cast<Eigen::Index>(pixels.bytes.size()) / n;
  for (Eigen::Index j = 0; j < p; ++j) {
    dataset.feature_names.push_back(fmt::format("pixel{}", j + 1));
  }
  dataset.features.resize(n, p);
  const auto* const from = reinterpret_cast<const unsigned char*>(pixels.bytes.data());
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < p; ++j) dataset.features(i, j) = from[i * p + j] / 255.0;
  }
  for (const char label : classes.bytes) {
    dataset.targets.push_back(fmt::format("{}", static_cast<unsigned char>(label)));
  }
  return dataset;
}

}  // namespace adamsde
