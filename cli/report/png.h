#pragma once

#include <string>

namespace adamsde {

/// Whether this program was built with librsvg.
[[nodiscard]] bool CanWritePng();

/// An SVG drawing rendered at 300 dots per inch, as the bytes of a PNG file.
/// @throws std::invalid_argument  built without librsvg, or the drawing cannot be rendered.
[[nodiscard]] std::string PngOf(const std::string& svg);

}  // namespace adamsde
