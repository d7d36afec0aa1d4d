#include "sde/random/instruction_set.h"

namespace adamsde {

InstructionSet BestInstructionSet() {
#if defined(__x86_64__)
  // Features are listed one by one: not every compiler knows the level names here.
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                  __builtin_cpu_supports("avx512vl");
  if (v4) return InstructionSet::kX86_64V4;
  if (v3) return InstructionSet::kX86_64V3;
#endif
  return InstructionSet::kBaseline;
}

}  // namespace adamsde
