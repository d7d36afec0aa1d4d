#include "cli/io/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "cli/machine.h"

namespace adamsde {
namespace {

/// Damerau–Levenshtein distance (optimal string alignment).
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string ReadTextFile(const std::filesystem::path& path, std::size_t most) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw std::invalid_argument(fmt::format("cannot read '{}' (no such file)", path.string()));
  }
  if (error) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' ({})", path.string(), error.message()));
  }
  if (std::filesystem::is_directory(status)) {
    throw std::invalid_argument(fmt::format("cannot read '{}' (it is a folder)", path.string()));
  }
  // A file bigger than memory is not read first and refused later.
  const auto size = std::filesystem::file_size(path, error);
  if (!error) {
    RequireMemory(3.0 * static_cast<double>(size), fmt::format("reading '{}'", path.string()));
  }
  // Nor is a device without end, or a file that grows meanwhile.
  if (most == 0) {
    const double memory = PhysicalMemory() / 3;
    most = static_cast<std::size_t>(error ? std::min(memory, 4e9) : memory);
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  std::vector<char> chunk(1 << 16);
  if (!error && size <= most) bytes.reserve(static_cast<std::size_t>(size));
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
    bytes.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > most) {
      throw std::invalid_argument(fmt::format(
          "cannot read '{}' (it has more than the {} bytes allowed)", path.string(), most));
    }
  }
  // The end of the file is the only good reason to stop.
  if (!file.eof() || file.bad()) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' (access denied or disk error)", path.string()));
  }
  if (bytes.empty()) throw std::invalid_argument(fmt::format("'{}' is empty", path.string()));
  return bytes;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<double> ParseNumber(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const last = text.data() + text.size();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (end != last) return std::nullopt;
  if (error == std::errc()) return value;
  // Too large and too small are one error code: long double, of wider range, tells them apart.
  long double wide = 0;
  const bool is_tiny = error == std::errc::result_out_of_range &&
                       std::from_chars(text.data(), last, wide).ec == std::errc() &&
                       std::abs(wide) < std::numeric_limits<double>::min();
  return is_tiny ? std::optional(static_cast<double>(wide)) : std::nullopt;
}

std::string PrintableMessage(std::string_view message) {
  constexpr std::size_t kStart = 1500;
  constexpr std::size_t kEnd = 300;
  std::string text(message.substr(0, kStart));
  if (message.size() > kStart + kEnd) {
    text += " ... ";
    message.remove_prefix(message.size() - kEnd);
    text += message;
  } else if (message.size() > kStart) {
    text += message.substr(kStart);
  }
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string NearestName(std::string_view name, std::span<const std::string> known) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t shorter = std::min(name.size(), candidate.size());
    // Lengths alone are a distance; a table of a hostile file's megabytes is not made.
    if (std::max(name.size(), candidate.size()) - shorter >= least) continue;
    const std::size_t distance = EditDistance(name, candidate);
    // At the distance of the longer name nothing is left in common.
    if (distance < least && distance < std::max(name.size(), candidate.size())) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string Suggest(std::string_view name, std::span<const std::string> known) {
  const std::string nearest = NearestName(name, known);
  if (!nearest.empty()) return fmt::format(" (did you mean '{}'?)", nearest);
  return fmt::format(" (known: {})", fmt::join(known, ", "));
}

}  // namespace adamsde
