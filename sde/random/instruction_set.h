#pragma once

namespace adamsde {

/// The instruction sets that kernels are compiled for, as the psABI's levels of x86-64.
enum class InstructionSet {
  kBaseline,  ///< whatever the compiler takes for granted
  kX86_64V3,  ///< AVX2 and FMA
  kX86_64V4,  ///< AVX-512 F, DQ, BW, CD, VL
};

/// The best of them that this build has and this CPU runs.
[[nodiscard]] InstructionSet BestInstructionSet();

}  // namespace adamsde
