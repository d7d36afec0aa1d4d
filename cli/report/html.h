#pragma once

#include <string>
#include <string_view>

#include "cli/report/page.h"

namespace adamsde {

/// The page as one self-contained HTML file: no address is fetched, light or dark as the reader's
/// system has it, for phones, print and screen readers. Head and foot (version, command, seed,
/// problem hash, options in force) come from page.result.
[[nodiscard]] std::string ToHtml(const Page& page);

/// Text as HTML shows it: & < > " ' escaped.
[[nodiscard]] std::string EscapeHtml(std::string_view text);

/// JSON fit for a <script> element: no '<' that could end it.
[[nodiscard]] std::string EscapeScript(const std::string& json);

}  // namespace adamsde
