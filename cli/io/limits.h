#pragma once

#include <cstddef>
#include <string_view>

namespace adamsde {

/// What a file may ask for. A file of n bytes takes memory and time of order n, or a matrix that
/// this machine holds; it never takes more because of what it claims about itself.

/// Runs of one spectrum: each has a cost of its own, however few its nodes.
inline constexpr std::size_t kMostSpectrumRuns = 100000;

/// Text that becomes a tree of values, which takes some fifty times its size.
inline constexpr std::size_t kLargestToml = std::size_t{16} << 20;
inline constexpr std::size_t kLargestJson = std::size_t{256} << 20;

/// A configuration has a line per option.
inline constexpr std::size_t kLargestConfig = std::size_t{1} << 20;

/// A matrix of this many elements is made for any coordinate file; a larger one only where the file
/// has an entry per row and per column.
inline constexpr double kFreeElements = 1e6;

/// Bytes that a compressed file may unpack to: 64 MB, or 200 times its own size. Tables and pixels
/// shrink five- to twentyfold; only a bomb reaches deflate's own bound, 1032.
[[nodiscard]] constexpr std::size_t LargestUnpacked(std::size_t packed) {
  constexpr std::size_t kFreely = std::size_t{64} << 20;
  constexpr std::size_t kRatio = 200;
  return packed > kFreely / kRatio ? packed * kRatio : kFreely;
}

/// Whether no TOML key names more than sixteen tables within each other, so that none of the
/// parser's tables lies too deep for the stack to take apart. Errs only on texts with 1,000 quotes
/// beside dots.
[[nodiscard]] bool HasShallowKeys(std::string_view toml);

/// Whether no JSON list or object lies deeper than `most`.
[[nodiscard]] bool IsShallowJson(std::string_view json, int most);

}  // namespace adamsde
