#include "cli/build_facts.h"

#include <fmt/format.h>

#include "sde/ensemble/blas_threads.h"
#include "sde/random/instruction_set.h"

namespace adamsde {
namespace {

const char* NameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::kX86_64V4:
      return "x86-64-v4 (AVX-512)";
    case InstructionSet::kX86_64V3:
      return "x86-64-v3 (AVX2, FMA)";
    case InstructionSet::kBaseline:
      break;
  }
  return "baseline";
}

const char* YesNo(bool value) { return value ? "yes" : "no"; }

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

std::string KernelsInUse() {
  return fmt::format("{}, BLAS for {}", NameOf(BestInstructionSet()), BlasCore());
}

std::string BuildFacts() {
  std::string facts = fmt::format("adamsde {}", ADAMSDE_VERSION);
  facts += fmt::format("\ncompiler: {}", kCompiler);
  facts += fmt::format("\nflags: {}", ADAMSDE_COMPILER_FLAGS);
  facts += fmt::format("\nbuild type: {}", ADAMSDE_BUILD_TYPE);
  facts += fmt::format("\ninstruction set: {}", NameOf(BestInstructionSet()));
  facts += fmt::format("\nBLAS: {}", BlasDescription());
  facts += fmt::format("\nMPI: {}", YesNo(ADAMSDE_HAS_MPI));
  facts += fmt::format("\nHDF5: {}", YesNo(ADAMSDE_HAS_HDF5));
  return facts;
}

}  // namespace adamsde
