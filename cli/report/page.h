#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/io/json.h"
#include "cli/report/figure.h"

namespace adamsde {

/// How a cell is to be seen; the writer adds a symbol, so that colour is never all there is.
enum class Tone { kNone, kGood, kBad, kNeutral };

/// A number keeps all its digits behind the six that are shown.
struct Cell {
  std::string text;
  std::optional<double> number;
  Tone tone = Tone::kNone;

  Cell(std::string words, Tone t = Tone::kNone) : text(std::move(words)), tone(t) {}
  Cell(const char* words) : text(words) {}
  Cell(double value) : number(value) {}
  /// A JSON value: null as its reason, if there is one.
  static Cell Of(const Json& object, const std::string& key);
};

struct Table {
  std::string caption;
  std::vector<std::string> head{};        ///< one title per column
  std::vector<std::vector<Cell>> rows{};  ///< the first cell of a row is its heading
};

struct Paragraph {
  std::string text;
};

/// What sliders recompute in the page (web/src/knobs.js says what it holds).
struct Knobs {
  Json data{};
};

using Block = std::variant<Paragraph, Table, Figure, Knobs>;

struct Section {
  std::string title;
  std::vector<Block> blocks{};
};

/// What a page says, before any markup.
struct Page {
  std::string title;
  std::string lead;  ///< one sentence: what was computed
  std::vector<Section> sections{};
  Json result{};  ///< result.json, carried along whole
};

}  // namespace adamsde
