#pragma once

#include <string>

#include "cli/report/figure.h"

namespace adamsde {

/// Where a drawing is used.
enum class SvgUse {
  kPage,  ///< inside a page: its style sheet colours it
  kFile,  ///< on its own: 86 mm wide (one column of a paper), standard fonts, its own colours
};

/// The figure as SVG: vector, no script.
[[nodiscard]] std::string ToSvg(const Figure& figure, SvgUse use);

}  // namespace adamsde
