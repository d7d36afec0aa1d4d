#include "analysis/bound/brent.h"

#include <fmt/format.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>

#include <exception>
#include <limits>
#include <memory>
#include <stdexcept>

namespace adamsde {
namespace {

/// A function as GSL calls it, whose exceptions do not pass through C.
class Wrapped {
 public:
  explicit Wrapped(const std::function<double(double)>& f) : f_(f) {}
  gsl_function* Get() { return &wrapped_; }
  void Rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  static double Call(double x, void* self) noexcept {
    auto& wrapped = *static_cast<Wrapped*>(self);
    try {
      return wrapped.f_(x);
    } catch (...) {
      wrapped.thrown_ = std::current_exception();
      return std::numeric_limits<double>::quiet_NaN();
    }
  }

  const std::function<double(double)>& f_;
  std::exception_ptr thrown_;
  gsl_function wrapped_{.function = &Call, .params = this};
};

constexpr int kMostIterations = 200;

/// GSL aborts the process on an error unless told not to; its return codes are checked here.
void KeepGslFromAborting() {
  static gsl_error_handler_t* const previous = gsl_set_error_handler_off();
  static_cast<void>(previous);
}

}  // namespace

double FindRoot(const std::function<double(double)>& f, double low, double high) {
  const double at_low = f(low);
  const double at_high = f(high);
  if (at_low == 0) return low;
  if (at_high == 0) return high;
  if ((at_low > 0) == (at_high > 0)) {
    throw std::domain_error(fmt::format(
        "no root in [{}, {}] (the function has the same sign at both ends)", low, high));
  }
  KeepGslFromAborting();
  const std::unique_ptr<gsl_root_fsolver, decltype(&gsl_root_fsolver_free)> solver(
      gsl_root_fsolver_alloc(gsl_root_fsolver_brent), &gsl_root_fsolver_free);
  Wrapped wrapped(f);
  gsl_root_fsolver_set(solver.get(), wrapped.Get(), low, high);
  for (int i = 0; i < kMostIterations; ++i) {
    wrapped.Rethrow();
    gsl_root_fsolver_iterate(solver.get());
    const double a = gsl_root_fsolver_x_lower(solver.get());
    const double b = gsl_root_fsolver_x_upper(solver.get());
    if (gsl_root_test_interval(a, b, 0, 4e-16) == GSL_SUCCESS) break;
  }
  wrapped.Rethrow();
  return gsl_root_fsolver_root(solver.get());
}

Minimum FindMinimum(const std::function<double(double)>& f, double low, double middle,
                    double high) {
  KeepGslFromAborting();
  const std::unique_ptr<gsl_min_fminimizer, decltype(&gsl_min_fminimizer_free)> solver(
      gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent), &gsl_min_fminimizer_free);
  Wrapped wrapped(f);
  if (gsl_min_fminimizer_set(solver.get(), wrapped.Get(), middle, low, high) != GSL_SUCCESS) {
    wrapped.Rethrow();
    return {.at = middle, .value = f(middle)};
  }
  for (int i = 0; i < kMostIterations; ++i) {
    if (gsl_min_fminimizer_iterate(solver.get()) != GSL_SUCCESS) break;
    const double a = gsl_min_fminimizer_x_lower(solver.get());
    const double b = gsl_min_fminimizer_x_upper(solver.get());
    if (gsl_min_test_interval(a, b, 0, 1e-10) == GSL_SUCCESS) break;
  }
  wrapped.Rethrow();
  return {.at = gsl_min_fminimizer_x_minimum(solver.get()),
          .value = gsl_min_fminimizer_f_minimum(solver.get())};
}

}  // namespace adamsde
