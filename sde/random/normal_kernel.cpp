// Compiled once per instruction set with ADAMSDE_KERNEL_LEVEL naming the namespace.
#include "sde/random/normal_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "sde/random/box_muller.h"

#define ADAMSDE_INLINE static inline __attribute__((always_inline))

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

constexpr int kWidth = 8;  // lanes of 64 bits per vector
// Independent vectors in flight: hides the latency of the multiplications (one gives half the
// speed).
constexpr int kInterleave = 4;

using Bits = std::uint64_t __attribute__((vector_size(8 * kWidth)));
using Real = double __attribute__((vector_size(8 * kWidth)));

#if defined(__AVX512F__)
// The zero-masked forms, all lanes on: the plain ones trip a false warning in GCC 12.
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) { return _mm512_fmadd_pd(a, b, c); }
ADAMSDE_INLINE Real SqrtVector(Real a) { return _mm512_maskz_sqrt_pd(0xff, a); }
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  return reinterpret_cast<Bits>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), _mm512_set1_epi64(m)));
}
#elif defined(__AVX2__) && defined(__FMA__)
union Halves {
  Real real;
  Bits bits;
  __m256d half[2];
  __m256i integer_half[2];
};
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) {
  Halves x{.real = a};
  const Halves y{.real = b};
  const Halves z{.real = c};
  x.half[0] = _mm256_fmadd_pd(x.half[0], y.half[0], z.half[0]);
  x.half[1] = _mm256_fmadd_pd(x.half[1], y.half[1], z.half[1]);
  return x.real;
}
ADAMSDE_INLINE Real SqrtVector(Real a) {
  Halves x{.real = a};
  x.half[0] = _mm256_sqrt_pd(x.half[0]);
  x.half[1] = _mm256_sqrt_pd(x.half[1]);
  return x.real;
}
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  Halves x{.bits = a};
  const __m256i factor = _mm256_set1_epi64x(m);
  x.integer_half[0] = _mm256_mul_epu32(x.integer_half[0], factor);
  x.integer_half[1] = _mm256_mul_epu32(x.integer_half[1], factor);
  return x.bits;
}
#else
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) {
  Real r;
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_fma(a[i], b[i], c[i]);
  return r;
}
ADAMSDE_INLINE Real SqrtVector(Real a) {
  Real r;
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_sqrt(a[i]);
  return r;
}
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  return (a & 0xffffffffULL) * static_cast<std::uint64_t>(m);
}
#endif

ADAMSDE_INLINE Real Broadcast(double x) { return Real{} + x; }

struct VectorArithmetic {
  using Real = ADAMSDE_KERNEL_LEVEL::Real;
  using Bits = ADAMSDE_KERNEL_LEVEL::Bits;
  ADAMSDE_INLINE Real AsReal(Bits x) { return reinterpret_cast<Real>(x); }
  ADAMSDE_INLINE Bits AsBits(Real x) { return reinterpret_cast<Bits>(x); }
  ADAMSDE_INLINE Real Sqrt(Real x) { return SqrtVector(x); }
  ADAMSDE_INLINE Real Fma(Real a, Real b, Real c) { return FmaVector(a, b, c); }
  ADAMSDE_INLINE Real Fma(Real a, Real b, double c) { return FmaVector(a, b, Broadcast(c)); }
  ADAMSDE_INLINE Real Fma(Real a, double b, Real c) { return FmaVector(a, Broadcast(b), c); }
  ADAMSDE_INLINE Real Fma(Real a, double b, double c) {
    return FmaVector(a, Broadcast(b), Broadcast(c));
  }
};

/// Philox4x32-10 of kGroups vectors of consecutive chains: a, b are the output words in pairs.
template <int kGroups>
ADAMSDE_INLINE void Philox(const KernelArguments& arguments, Bits chain, std::uint64_t component,
                           std::uint64_t step_pair, Bits* a, Bits* b) {
  Bits x0[kGroups];
  Bits x1[kGroups];
  Bits x2[kGroups];
  Bits x3[kGroups];
  for (int g = 0; g < kGroups; ++g) {
    x0[g] = chain + static_cast<std::uint64_t>(kWidth * g);
    x1[g] = Bits{} + component;
    x2[g] = Bits{} + step_pair;
    x3[g] = Bits{} + static_cast<std::uint64_t>(arguments.stream);
  }
  // Words live in the low halves of 64-bit lanes; what the products leave above is masked at the
  // end (MultiplyLow32 reads the low half only).
#pragma GCC unroll 10
  for (std::uint32_t round = 0; round < 10; ++round) {
    const std::uint64_t k0 = arguments.key[0] + round * 0x9E3779B9U;
    const std::uint64_t k1 = arguments.key[1] + round * 0xBB67AE85U;
#pragma GCC unroll 4
    for (int g = 0; g < kGroups; ++g) {
      const Bits p0 = MultiplyLow32(x0[g], 0xD2511F53U);
      const Bits p1 = MultiplyLow32(x2[g], 0xCD9E8D57U);
      x0[g] = (p1 >> 32) ^ x1[g] ^ k0;
      x2[g] = (p0 >> 32) ^ x3[g] ^ k1;
      x1[g] = p1;
      x3[g] = p0;
    }
  }
  for (int g = 0; g < kGroups; ++g) {
    a[g] = (x0[g] & 0xffffffffULL) | (x1[g] << 32);
    b[g] = (x2[g] & 0xffffffffULL) | (x3[g] << 32);
  }
}

template <int kGroups>
ADAMSDE_INLINE void Normals(const KernelArguments& arguments, Bits chain, std::uint64_t component,
                            std::uint64_t step_pair, Real* even, Real* odd) {
  Bits a[kGroups];
  Bits b[kGroups];
  Philox<kGroups>(arguments, chain, component, step_pair, a, b);
#pragma GCC unroll 4
  for (int g = 0; g < kGroups; ++g) {
    box_muller::NormalPair<VectorArithmetic>(a[g], b[g], even[g], odd[g]);
  }
}

ADAMSDE_INLINE Real Load(const double* from) {
  Real x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
ADAMSDE_INLINE void Store(double* to, Real x) { __builtin_memcpy(to, &x, sizeof x); }

ADAMSDE_INLINE Bits ChainNumbers(const KernelArguments& arguments, std::ptrdiff_t offset) {
  Bits chain;
  for (int i = 0; i < kWidth; ++i) {
    chain[i] = arguments.first_chain + static_cast<std::uint64_t>(offset + i);
  }
  return chain;
}

template <int kGroups>
ADAMSDE_INLINE void FillGroups(const KernelArguments& arguments, std::ptrdiff_t component,
                               std::ptrdiff_t offset, double* even, double* odd) {
  Real n0[kGroups];
  Real n1[kGroups];
  Normals<kGroups>(arguments, ChainNumbers(arguments, offset),
                   static_cast<std::uint64_t>(component), arguments.step_pair, n0, n1);
  const std::ptrdiff_t at = component * arguments.stride + offset;
  for (int g = 0; g < kGroups; ++g) {
    Store(even + at + g * kWidth, n0[g]);
    Store(odd + at + g * kWidth, n1[g]);
  }
}

template <int kGroups>
ADAMSDE_INLINE void AdvanceGroups(const KernelArguments& arguments, std::ptrdiff_t step_pairs,
                                  std::ptrdiff_t component, std::ptrdiff_t offset, double decay,
                                  double noise, double* state) {
  double* const at = state + component * arguments.stride + offset;
  const Bits chain = ChainNumbers(arguments, offset);
  const Real g_c = Broadcast(noise);
  Real x[kGroups];
  for (int g = 0; g < kGroups; ++g) x[g] = Load(at + g * kWidth);
  for (std::ptrdiff_t pair = 0; pair < step_pairs; ++pair) {
    Real n0[kGroups];
    Real n1[kGroups];
    Normals<kGroups>(arguments, chain, static_cast<std::uint64_t>(component),
                     arguments.step_pair + static_cast<std::uint64_t>(pair), n0, n1);
    for (int g = 0; g < kGroups; ++g) {
      x[g] = FmaVector(g_c, n0[g], decay * x[g]);
      x[g] = FmaVector(g_c, n1[g], decay * x[g]);
    }
  }
  for (int g = 0; g < kGroups; ++g) Store(at + g * kWidth, x[g]);
}

void Fill(const KernelArguments& arguments, double* even, double* odd) {
  for (std::ptrdiff_t c = 0; c < arguments.components; ++c) {
    std::ptrdiff_t i = 0;
    for (; i + kInterleave * kWidth <= arguments.chains; i += kInterleave * kWidth) {
      FillGroups<kInterleave>(arguments, c, i, even, odd);
    }
    for (; i < arguments.chains; i += kWidth) FillGroups<1>(arguments, c, i, even, odd);
  }
}

void Advance(const KernelArguments& arguments, std::ptrdiff_t step_pairs, const double* decay,
             const double* noise, double* state) {
  for (std::ptrdiff_t c = 0; c < arguments.components; ++c) {
    std::ptrdiff_t i = 0;
    for (; i + kInterleave * kWidth <= arguments.chains; i += kInterleave * kWidth) {
      AdvanceGroups<kInterleave>(arguments, step_pairs, c, i, decay[c], noise[c], state);
    }
    for (; i < arguments.chains; i += kWidth) {
      AdvanceGroups<1>(arguments, step_pairs, c, i, decay[c], noise[c], state);
    }
  }
}

#define ADAMSDE_STRING_OF(x) #x
#define ADAMSDE_NAME_OF(x) ADAMSDE_STRING_OF(x)

}  // namespace

extern const NormalKernel kNormalKernel;
const NormalKernel kNormalKernel{ADAMSDE_NAME_OF(ADAMSDE_KERNEL_LEVEL), Fill, Advance};

}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL
