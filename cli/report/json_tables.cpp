#include "cli/report/json_tables.h"

#include <algorithm>

namespace adamsde {
namespace {

bool IsReason(const std::string& key) { return key.ends_with("_reason"); }

bool IsListOfObjects(const Json& json) {
  return json.is_array() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& j) { return j.is_object(); });
}

bool IsObjectOfObjects(const Json& json) {
  return json.is_object() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& j) { return j.is_object(); });
}

Cell CellOf(const Json& object, const std::string& key) {
  Cell cell = Cell::Of(object, key);
  if (key.starts_with("verdict")) cell.tone = ToneOf(cell.text);
  return cell;
}

/// Keys of values that fit a cell, in order of appearance over all rows.
template <typename Rows>
std::vector<std::string> CellKeys(const Rows& rows) {
  std::vector<std::string> keys;
  for (const Json& row : rows) {
    for (const auto& [key, value] : row.items()) {
      const bool nested = value.is_object() || IsListOfObjects(value);
      if (nested || IsReason(key) || std::find(keys.begin(), keys.end(), key) != keys.end()) {
        continue;
      }
      keys.push_back(key);
    }
  }
  return keys;
}

Table RowTable(const std::string& caption, const Json& rows) {
  Table table{.caption = caption, .head = {}, .rows = {}};
  const std::vector<std::string> keys = CellKeys(rows);
  for (const std::string& key : keys) table.head.push_back(Readable(key));
  for (const Json& row : rows) {
    std::vector<Cell> cells;
    cells.reserve(keys.size());
    for (const std::string& key : keys) cells.push_back(CellOf(row, key));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table NamedRowTable(const std::string& caption, const Json& rows) {
  Table table = RowTable(caption, rows);
  table.head.insert(table.head.begin(), "Name");
  std::size_t k = 0;
  for (const auto& [name, row] : rows.items()) {
    table.rows[k].insert(table.rows[k].begin(), Cell(Readable(name)));
    ++k;
  }
  return table;
}

Table ValueTable(const std::string& caption, const Json& object) {
  Table table{.caption = caption, .head = {"Quantity", "Value"}, .rows = {}};
  for (const std::string& key : CellKeys(std::vector<Json>{object})) {
    table.rows.push_back({Cell(Readable(key)), CellOf(object, key)});
  }
  return table;
}

}  // namespace

std::string Readable(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

Tone ToneOf(const std::string& verdict) {
  if (verdict == "HOLDS") return Tone::kGood;
  if (verdict == "FAILS") return Tone::kBad;
  return Tone::kNeutral;
}

std::vector<Block> JsonTables(const std::string& caption, const Json& json) {
  if (IsListOfObjects(json)) return {RowTable(caption, json)};
  if (IsObjectOfObjects(json)) return {NamedRowTable(caption, json)};
  if (!json.is_object()) {
    Json wrapped;
    wrapped[caption] = json;
    return {ValueTable(caption, wrapped)};
  }
  std::vector<Block> blocks;
  Table values = ValueTable(caption, json);
  if (!values.rows.empty()) blocks.emplace_back(std::move(values));
  Json objects = Json::object();
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) objects[key] = value;
    if (IsListOfObjects(value))
      blocks.emplace_back(RowTable(caption + ": " + Readable(key), value));
  }
  if (!objects.empty()) blocks.emplace_back(NamedRowTable(caption, objects));
  return blocks;
}

}  // namespace adamsde
