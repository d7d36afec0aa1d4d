#include "cli/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/report/assets.h"
#include "cli/report/figure_table.h"
#include "cli/report/network_page.h"
#include "cli/report/svg.h"
#include "cli/report/vega.h"

namespace adamsde {
namespace {

std::string Anchor(std::string_view title) {
  std::string anchor;
  for (const char c : title) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) anchor += c;
    if (c >= 'A' && c <= 'Z') anchor += static_cast<char>(c - 'A' + 'a');
    if (c == ' ' && !anchor.ends_with('-')) anchor += '-';
  }
  return anchor;
}

const char* ClassOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return " class=\"good\"";
    case Tone::kBad:
      return " class=\"bad\"";
    case Tone::kNeutral:
      return " class=\"neutral\"";
    case Tone::kNone:
      break;
  }
  return "";
}

const char* SymbolOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "✓ ";
    case Tone::kBad:
      return "✗ ";
    case Tone::kNeutral:
      return "– ";
    case Tone::kNone:
      break;
  }
  return "";
}

std::string Number(double value) {
  if (!std::isfinite(value)) return "–";
  const std::string whole = fmt::format("{}", value);
  const std::string shown = fmt::format("{:.6g}", value);
  return fmt::format(R"(<data value="{}" title="{}">{}</data>)", whole, whole, shown);
}

std::string Write(const Cell& cell, bool heading) {
  const char* const tag = heading ? "th" : "td";
  return fmt::format("<{}{}{}>{}{}</{}>", tag, heading ? " scope=\"row\"" : "",
                     cell.number ? " class=\"number\"" : ClassOf(cell.tone), SymbolOf(cell.tone),
                     cell.number ? Number(*cell.number) : EscapeHtml(cell.text), tag);
}

/// Its title stands above them then, at the right.
bool HoldsNumbers(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Cell>& row) {
    return column > 0 && column < row.size() && row[column].number;
  });
}

/// In a box of its own that scrolls where a table is wider than the screen, by keyboard too.
std::string Write(const Table& table) {
  std::string html = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table>\n"
      "<caption>{0}</caption>\n<thead><tr>",
      EscapeHtml(table.caption));
  for (std::size_t k = 0; k < table.head.size(); ++k) {
    html +=
        fmt::format("<th scope=\"col\"{}>{}</th>",
                    HoldsNumbers(table, k) ? " class=\"number\"" : "", EscapeHtml(table.head[k]));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t k = 0; k < row.size(); ++k) html += Write(row[k], k == 0);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string Write(const Paragraph& paragraph) {
  return fmt::format("<p>{}</p>\n", EscapeHtml(paragraph.text));
}

/// The picture as SVG, which a script may replace by a live one, the numbers behind it, and the
/// specification for the script.
std::string Write(const Figure& figure) {
  return fmt::format(
      "<figure class=\"figure\" id=\"figure-{}\">\n<div class=\"drawing\">\n{}</div>\n"
      "<div class=\"live\"></div>\n"
      "<figcaption><strong>{}.</strong> {}</figcaption>\n"
      "<details><summary>Numbers behind this figure</summary>\n{}</details>\n"
      "<script type=\"application/json\" class=\"vega-lite\">{}</script>\n</figure>\n",
      figure.name, ToSvg(figure, SvgUse::kPage), EscapeHtml(figure.title),
      EscapeHtml(figure.caption), Write(DataTable(figure)),
      EscapeScript(ToVegaLite(figure).dump(-1, ' ', false, Json::error_handler_t::replace)));
}

/// Empty and hidden until the script fills it.
std::string Write(const Knobs& knobs) {
  return fmt::format(
      "<div id=\"knobs-panel\" hidden></div>\n<noscript><p>The knobs need "
      "JavaScript.</p></noscript>\n"
      "<script type=\"application/json\" id=\"knobs-data\">{}</script>\n",
      EscapeScript(knobs.data.dump()));
}

std::string Write(const Section& section) {
  const std::string anchor = Anchor(section.title);
  std::string html = fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
      "<h2 id=\"{0}-title\">{1}</h2>\n",
      anchor, EscapeHtml(section.title));
  for (const Block& block : section.blocks) {
    html += std::visit([](const auto& b) { return Write(b); }, block);
  }
  return html + "</section>\n";
}

std::string Text(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return "";
  return it->is_string() ? it->get<std::string>() : it->dump();
}

std::string ProgramOf(const Json& result) {
  return IsOfNetworks(result) ? "adamsde-net" : "adamsde";
}

/// Version, command, seed and hash: what it takes to get the same numbers.
std::string Provenance(const Json& result) {
  const Json options = result.value("options", Json::object());
  const std::pair<const char*, std::string> items[] = {
      {"Program", ProgramOf(result) + " " + Text(result, "version")},
      {"Command", Text(result, "command")},
      {"Seed", Text(options, "seed")},
      {"Problem hash", Text(result, "problem_hash")},
      {"Parameters", Text(result, "dimension")},
      {"Seconds", fmt::format("{:.3g}", result.value("seconds", 0.0))}};
  std::string html = "<dl class=\"provenance\">\n";
  for (const auto& [name, value] : items) {
    if (value.empty()) continue;
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, EscapeHtml(value));
  }
  return html + "</dl>\n";
}

/// Options of the command line; of adamsde-net, keys of its configuration.
Table OptionTable(const Json& options, const char* dashes) {
  Table table{.caption = "Every option in force", .head = {"Option", "Value"}, .rows = {}};
  for (const auto& [name, value] : options.items()) {
    if (value.is_null()) continue;
    table.rows.push_back(
        {Cell(dashes + name), Cell(value.is_string() ? value.get<std::string>() : value.dump())});
  }
  return table;
}

std::string HowToReproduce(const Json& result) {
  const bool net = IsOfNetworks(result);
  return fmt::format(
      "<section id=\"reproduce\" aria-labelledby=\"reproduce-title\">\n"
      "<h2 id=\"reproduce-title\">How to reproduce this page</h2>\n"
      "<p>Run this with {} {} where the named files are. {}</p>\n"
      "<pre class=\"command\" tabindex=\"0\"><code>{}{}</code></pre>\n"
      "<details><summary>{}</summary>\n{}</details>\n"
      "<details><summary>result.json</summary>\n<pre tabindex=\"0\">{}</pre></details>\n"
      "</section>\n",
      ProgramOf(result), EscapeHtml(Text(result, "version")),
      net ? "The page is then written by adamsde report and the folder's name; the seed fixes "
            "every random number, sums in libtorch depend on the number of threads in the last "
            "bits."
          : "The problem hash says whether it is the same problem; the seed fixes every random "
            "number, for any number of threads.",
      EscapeHtml(Text(result, "command")), net ? "" : " --report page.html",
      net ? "Configuration in force" : "Options in force",
      Write(OptionTable(result.value("options", Json::object()), net ? "" : "--")),
      EscapeHtml(ToText(result)));
}

std::string Contents(const Page& page) {
  std::string html = "<nav aria-label=\"Contents\"><ul>\n";
  for (const Section& section : page.sections) {
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", Anchor(section.title),
                        EscapeHtml(section.title));
  }
  return html + "<li><a href=\"#reproduce\">How to reproduce this page</a></li>\n</ul></nav>\n";
}

}  // namespace

Cell Cell::Of(const Json& object, const std::string& key) {
  const auto it = object.find(key);
  if (it == object.end()) return {"–"};
  if (it->is_number()) return {it->get<double>()};
  if (it->is_boolean()) return {it->get<bool>() ? "yes" : "no"};
  if (it->is_string()) return {it->get<std::string>()};
  if (it->is_null()) {
    const auto reason = object.find(key + "_reason");
    return {reason != object.end() && reason->is_string() ? "none: " + reason->get<std::string>()
                                                          : "–"};
  }
  if (!it->is_array()) return {it->dump()};
  if (it->empty()) return {"none"};
  std::string joined;
  for (const Json& item : *it) {
    if (!joined.empty()) joined += "; ";
    joined += item.is_string() ? item.get<std::string>() : item.dump();
  }
  return {joined};
}

std::string EscapeHtml(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string EscapeScript(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string ToHtml(const Page& page) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n"
      "<header>\n<h1>{}</h1>\n<p>{}</p>\n{}</header>\n",
      EscapeHtml(page.title), assets::kPageStyle, EscapeHtml(page.title), EscapeHtml(page.lead),
      Provenance(page.result));
  html += Contents(page) + "<main id=\"main\">\n";
  for (const Section& section : page.sections) html += Write(section);
  html += HowToReproduce(page.result) + "</main>\n";
  html += fmt::format("<footer><p>Made by adamsde {}.</p></footer>\n",
                      EscapeHtml(Text(page.result, "version")));
  html += fmt::format("<script type=\"application/json\" id=\"result\">{}</script>\n",
                      EscapeScript(ToText(page.result)));
  if (!assets::PageScript().empty()) {
    html += "<script>\n";
    html += assets::PageScript();
    html += "</script>\n";
  }
  return html + "</body>\n</html>\n";
}

}  // namespace adamsde
