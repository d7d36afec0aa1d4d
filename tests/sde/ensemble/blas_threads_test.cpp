#include "sde/ensemble/blas_threads.h"

#include <cblas.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "sde/random/instruction_set.h"

extern "C" char* openblas_get_corename(void);

namespace adamsde {
namespace {

TEST(Blas, UsesTheCpusVectorsAndStillMultiplies) {
  UseFastBlasKernels();
  const std::string core = openblas_get_corename();
  if (BestInstructionSet() != InstructionSet::kBaseline &&
      std::getenv("OPENBLAS_CORETYPE") == nullptr) {
    EXPECT_NE(core, "Prescott");
  }
  UseFastBlasKernels();
  EXPECT_EQ(core, openblas_get_corename());
  constexpr int n = 65;
  const std::vector<double> a(n * n, 2);
  std::vector<double> c(n * n);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a.data(), n, a.data(), n, 0,
              c.data(), n);
  EXPECT_EQ(c, std::vector<double>(n * n, 4 * n));
}

}  // namespace
}  // namespace adamsde
