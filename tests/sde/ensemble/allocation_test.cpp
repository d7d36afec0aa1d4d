// Steps allocate nothing: malloc and its aligned kin are counted while chains advance.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>

#include "sde/ensemble/sampled_system.h"
#include "tests/support/sampling.h"

namespace {
std::atomic<long> allocations = 0;
}  // namespace

// glibc's own, under the names it keeps for those who replace the public ones.
extern "C" {
void* __libc_malloc(std::size_t size);                           // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);        // NOLINT
void* __libc_realloc(void* old, std::size_t size);               // NOLINT
void* __libc_memalign(std::size_t alignment, std::size_t size);  // NOLINT

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

namespace adamsde {
namespace {

long AllocationsOf(const Stepper& stepper) {
  Tile tile(stepper, 0);
  const NormalStream stream{.seed = 1, .stream = 0};
  stepper.Advance(stream, 0, 3, tile);
  const long before = allocations;
  stepper.Advance(stream, 3, 1000, tile);
  return allocations - before;
}

TEST(Steppers, AllocateNothingWhileTheyStep) {
  for (const bool diagonal : {true, false}) {
    const SampledSystem system =
        testing::MakeSystem(testing::MakeFastProblem(OptimizerKind::kAdamW, diagonal));
    for (const Scheme scheme : {Scheme::kEulerMaruyama, Scheme::kModal, Scheme::kLeap,
                                Scheme::kModalLeap, Scheme::kExact}) {
      for (const Precision precision : {Precision::kDouble, Precision::kFloat}) {
        EXPECT_EQ(AllocationsOf(*MakeStepper(system, scheme, 0.1, 3, precision)), 0)
            << ToString(scheme);
      }
    }
  }
  const long before = allocations;
  EXPECT_NE(std::make_unique<Eigen::VectorXd>(5)->size(), 0);
  EXPECT_GE(allocations - before, 2) << "the twin: the counter counts";
}

}  // namespace
}  // namespace adamsde
