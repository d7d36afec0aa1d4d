#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adamsde {

/// The whole file; a pipe too.
/// @param most  bytes that are allowed; 0: what memory holds three times, of a pipe or device 4 GB
/// @throws std::invalid_argument  missing, a folder, unreadable, empty or too large; names it.
[[nodiscard]] std::string ReadTextFile(const std::filesystem::path& path, std::size_t most = 0);

/// A number as written in tables: locale-free, with an optional sign, "1", ".28", "1e-5", also
/// "nan" and "inf"; too small is zero; nothing where the text is not exactly one number, or too
/// large.
[[nodiscard]] std::optional<double> ParseNumber(std::string_view text);

[[nodiscard]] std::string_view Trim(std::string_view text);

/// An error message fit for a terminal: control characters (a hostile file's among them) as '?',
/// and a very long one without its middle.
[[nodiscard]] std::string PrintableMessage(std::string_view message);

/// The known name nearest to a misspelt one by edit distance (with transpositions), or an empty
/// string where none is near.
[[nodiscard]] std::string NearestName(std::string_view name, std::span<const std::string> known);

/// " (did you mean 'x'?)", or " (known: a, b, c)" where none is near.
[[nodiscard]] std::string Suggest(std::string_view name, std::span<const std::string> known);

}  // namespace adamsde
