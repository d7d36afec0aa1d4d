#pragma once

#include <string_view>

/// What pages carry of their own; compiled in from cli/report/page.css and web/.
namespace adamsde::assets {

extern const std::string_view kPageStyle;

/// Vega-Lite and the knobs in one script; empty where the program was built without Node.
[[nodiscard]] std::string_view PageScript();

}  // namespace adamsde::assets
