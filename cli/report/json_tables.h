#pragma once

#include <vector>

#include "cli/report/page.h"

namespace adamsde {

/// Any JSON as tables: a list of objects as one table with a column per key; an object of objects
/// as one with a row per object; an object of values as names and values. Verdicts get their tone.
/// @param depth  of nested objects that get tables of their own
[[nodiscard]] std::vector<Block> JsonTables(const std::string& caption, const Json& json);

/// "right_proof" → "right proof".
[[nodiscard]] std::string Readable(std::string key);

/// Of "HOLDS", "FAILS", "NOT APPLICABLE" and their like.
[[nodiscard]] Tone ToneOf(const std::string& verdict);

}  // namespace adamsde
