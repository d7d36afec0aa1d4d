#include "cli/report/png.h"

#include <stdexcept>

#ifdef ADAMSDE_HAS_RSVG
#include <dlfcn.h>
#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>
#include <type_traits>
#endif

namespace adamsde {

#ifdef ADAMSDE_HAS_RSVG

namespace {

/// librsvg and what it brings along, loaded when the first drawing wants it: its forty libraries
/// would double the time that every start of the program takes.
class Rsvg {
 public:
  /// Null where it is not installed.
  static const Rsvg* Load() {
    static const Rsvg library;
    return library.handle_ != nullptr ? &library : nullptr;
  }

  decltype(&rsvg_handle_new_from_data) open = nullptr;
  decltype(&rsvg_handle_set_dpi) set_dpi = nullptr;
  decltype(&rsvg_handle_get_intrinsic_size_in_pixels) size = nullptr;
  decltype(&rsvg_handle_render_document) render = nullptr;
  decltype(&g_object_unref) release = nullptr;
  decltype(&cairo_image_surface_create) new_surface = nullptr;
  decltype(&cairo_surface_destroy) release_surface = nullptr;
  decltype(&cairo_surface_write_to_png_stream) write = nullptr;
  decltype(&cairo_create) new_context = nullptr;
  decltype(&cairo_destroy) release_context = nullptr;

 private:
  Rsvg() {
    void* const handle = dlopen("librsvg-2.so.2", RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return;
    bool all = true;
    const auto find = [&](const char* name, auto& function) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      all = all && function != nullptr;
    };
    find("rsvg_handle_new_from_data", open);
    find("rsvg_handle_set_dpi", set_dpi);
    find("rsvg_handle_get_intrinsic_size_in_pixels", size);
    find("rsvg_handle_render_document", render);
    find("g_object_unref", release);
    find("cairo_image_surface_create", new_surface);
    find("cairo_surface_destroy", release_surface);
    find("cairo_surface_write_to_png_stream", write);
    find("cairo_create", new_context);
    find("cairo_destroy", release_context);
    if (all) handle_ = handle;
  }

  void* handle_ = nullptr;
};

cairo_status_t Append(void* text, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

bool CanWritePng() { return Rsvg::Load() != nullptr; }

std::string PngOf(const std::string& svg) {
  const Rsvg* const rsvg = Rsvg::Load();
  if (rsvg == nullptr) throw std::invalid_argument("librsvg is not installed");
  const std::unique_ptr<RsvgHandle, decltype(rsvg->release)> handle(
      rsvg->open(reinterpret_cast<const guint8*>(svg.data()), svg.size(), nullptr), rsvg->release);
  if (!handle) throw std::invalid_argument("the drawing is not valid SVG");
  rsvg->set_dpi(handle.get(), 300);
  double width = 0;
  double height = 0;
  if (rsvg->size(handle.get(), &width, &height) == 0) {
    throw std::invalid_argument("the drawing has no size");
  }
  const std::unique_ptr<cairo_surface_t, decltype(rsvg->release_surface)> surface(
      rsvg->new_surface(CAIRO_FORMAT_ARGB32, static_cast<int>(std::ceil(width)),
                        static_cast<int>(std::ceil(height))),
      rsvg->release_surface);
  const std::unique_ptr<cairo_t, decltype(rsvg->release_context)> context(
      rsvg->new_context(surface.get()), rsvg->release_context);
  const RsvgRectangle page{.x = 0, .y = 0, .width = width, .height = height};
  std::string png;
  if (rsvg->render(handle.get(), context.get(), &page, nullptr) == 0 ||
      rsvg->write(surface.get(), Append, &png) != CAIRO_STATUS_SUCCESS) {
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
