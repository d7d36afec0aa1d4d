#include "cli/report/png.h"

#include <stdexcept>

#ifdef ADAMSDE_HAS_RSVG
#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>
#endif

namespace adamsde {

#ifdef ADAMSDE_HAS_RSVG

namespace {

struct Release {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

cairo_status_t Append(void* text, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

bool CanWritePng() { return true; }

std::string PngOf(const std::string& svg) {
  const std::unique_ptr<RsvgHandle, Release> handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), nullptr));
  if (!handle) throw std::invalid_argument("the drawing is not valid SVG");
  rsvg_handle_set_dpi(handle.get(), 300);
  double width = 0;
  double height = 0;
  if (rsvg_handle_get_intrinsic_size_in_pixels(handle.get(), &width, &height) == 0) {
    throw std::invalid_argument("the drawing has no size");
  }
  const std::unique_ptr<cairo_surface_t, Release> surface(
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, static_cast<int>(std::ceil(width)),
                                 static_cast<int>(std::ceil(height))));
  const std::unique_ptr<cairo_t, Release> context(cairo_create(surface.get()));
  const RsvgRectangle page{.x = 0, .y = 0, .width = width, .height = height};
  std::string png;
  if (rsvg_handle_render_document(handle.get(), context.get(), &page, nullptr) == 0 ||
      cairo_surface_write_to_png_stream(surface.get(), Append, &png) != CAIRO_STATUS_SUCCESS) {
    throw std::invalid_argument("the drawing cannot be rendered");
  }
  return png;
}

#else

bool CanWritePng() { return false; }

std::string PngOf(const std::string& /*svg*/) {
  throw std::invalid_argument("this program was built without librsvg");
}

#endif

}  // namespace adamsde
