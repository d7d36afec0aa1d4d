#pragma once

#include <string>

namespace adamsde {

/// Whether this program was built for librsvg and finds it.
[[nodiscard]] bool CanWritePng();

/// An SVG drawing rendered at 300 dots per inch, as the bytes of a PNG file.
/// @throws std::invalid_argument  no librsvg, or the drawing cannot be rendered.
[[nodiscard]] std::string PngOf(const std::string& svg);

}  // namespace adamsde
