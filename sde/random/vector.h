#pragma once

/// Vectors of doubles for the kernels that are compiled once per instruction set, each into
/// the namespace that ADAMSDE_KERNEL_LEVEL names. Nothing of Eigen or of the standard library's
/// templates may be used in such a file: a weak symbol compiled for a newer instruction set could
/// be picked for an older machine.

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstddef>
#include <cstdint>

#define ADAMSDE_INLINE static inline __attribute__((always_inline))

namespace adamsde::ADAMSDE_KERNEL_LEVEL {
namespace {

// Lanes of 64 bits in a register.
#if defined(__AVX512F__)
inline constexpr int kWidth = 8;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int kWidth = 4;
#else
inline constexpr int kWidth = 2;
#endif

using Bits = std::uint64_t __attribute__((vector_size(8 * kWidth)));
using Real = double __attribute__((vector_size(8 * kWidth)));
// Twice as many lanes of 32 bits.
using FloatBits = std::uint32_t __attribute__((vector_size(8 * kWidth)));
using FloatInts = std::int32_t __attribute__((vector_size(8 * kWidth)));
using Floats = float __attribute__((vector_size(8 * kWidth)));

// MultiplyLow32: product of the low 32 bits of each lane. JoinWords: a lane from the low 32 bits of
// two.
#if defined(__AVX512F__)
// The zero-masked forms, all lanes on: the plain ones trip a false warning in GCC 12.
ADAMSDE_INLINE Real Broadcast(double x) { return _mm512_set1_pd(x); }
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) { return _mm512_fmadd_pd(a, b, c); }
ADAMSDE_INLINE Real SqrtVector(Real a) { return _mm512_maskz_sqrt_pd(0xff, a); }
ADAMSDE_INLINE Floats Broadcast(float x) { return _mm512_set1_ps(x); }
ADAMSDE_INLINE Floats FmaVector(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
ADAMSDE_INLINE Floats SqrtVector(Floats a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  return reinterpret_cast<Bits>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), _mm512_set1_epi64(m)));
}
ADAMSDE_INLINE Bits JoinWords(Bits low, Bits high) {
  return reinterpret_cast<Bits>(_mm512_mask_shuffle_epi32(
      reinterpret_cast<__m512i>(low), 0xaaaa, reinterpret_cast<__m512i>(high), _MM_PERM_CCAA));
}
#elif defined(__AVX2__) && defined(__FMA__)
ADAMSDE_INLINE Real Broadcast(double x) { return _mm256_set1_pd(x); }
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) { return _mm256_fmadd_pd(a, b, c); }
ADAMSDE_INLINE Real SqrtVector(Real a) { return _mm256_sqrt_pd(a); }
ADAMSDE_INLINE Floats Broadcast(float x) { return _mm256_set1_ps(x); }
ADAMSDE_INLINE Floats FmaVector(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
ADAMSDE_INLINE Floats SqrtVector(Floats a) { return _mm256_sqrt_ps(a); }
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  return reinterpret_cast<Bits>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(m)));
}
#else
ADAMSDE_INLINE Real Broadcast(double x) { return Real{x, x}; }
ADAMSDE_INLINE Real FmaVector(Real a, Real b, Real c) {
  Real r{};
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_fma(a[i], b[i], c[i]);
  return r;
}
ADAMSDE_INLINE Real SqrtVector(Real a) {
  Real r{};
  for (int i = 0; i < kWidth; ++i) r[i] = __builtin_sqrt(a[i]);
  return r;
}
ADAMSDE_INLINE Floats Broadcast(float x) { return Floats{x, x, x, x}; }
ADAMSDE_INLINE Floats FmaVector(Floats a, Floats b, Floats c) {
  Floats r{};
  for (int i = 0; i < 2 * kWidth; ++i) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return r;
}
ADAMSDE_INLINE Floats SqrtVector(Floats a) {
  Floats r{};
  for (int i = 0; i < 2 * kWidth; ++i) r[i] = __builtin_sqrtf(a[i]);
  return r;
}
ADAMSDE_INLINE Bits MultiplyLow32(Bits a, std::uint32_t m) {
  return (a & 0xffffffffULL) * static_cast<std::uint64_t>(m);
}
#endif
#if !defined(__AVX512F__)
ADAMSDE_INLINE Bits JoinWords(Bits low, Bits high) { return (low & 0xffffffffULL) | (high << 32); }
#endif

struct VectorArithmetic {
  using Real = ADAMSDE_KERNEL_LEVEL::Real;
  using Bits = ADAMSDE_KERNEL_LEVEL::Bits;
  ADAMSDE_INLINE Real AsReal(Bits x) { return reinterpret_cast<Real>(x); }
  ADAMSDE_INLINE Bits AsBits(Real x) { return reinterpret_cast<Bits>(x); }
  ADAMSDE_INLINE Real Sqrt(Real x) { return SqrtVector(x); }
  /// Where `condition` is not zero a, else b.
  ADAMSDE_INLINE Real Select(Bits condition, Real a, Real b) { return condition != 0 ? a : b; }
  ADAMSDE_INLINE Real Fma(Real a, Real b, Real c) { return FmaVector(a, b, c); }
  ADAMSDE_INLINE Real Fma(Real a, Real b, double c) { return FmaVector(a, b, Broadcast(c)); }
  ADAMSDE_INLINE Real Fma(Real a, double b, Real c) { return FmaVector(a, Broadcast(b), c); }
  ADAMSDE_INLINE Real Fma(Real a, double b, double c) {
    return FmaVector(a, Broadcast(b), Broadcast(c));
  }
};

struct FloatArithmetic {
  using Real = Floats;
  using Bits = FloatBits;
  ADAMSDE_INLINE Floats AsReal(FloatBits x) { return reinterpret_cast<Floats>(x); }
  ADAMSDE_INLINE FloatBits AsBits(Floats x) { return reinterpret_cast<FloatBits>(x); }
  /// Of the two's complement number, rounded to nearest.
  ADAMSDE_INLINE Floats FromInteger(FloatBits x) {
    return __builtin_convertvector(reinterpret_cast<FloatInts>(x), Floats);
  }
  ADAMSDE_INLINE Floats Sqrt(Floats x) { return SqrtVector(x); }
  ADAMSDE_INLINE Floats Select(FloatBits condition, Floats a, Floats b) {
    return condition != 0 ? a : b;
  }
  ADAMSDE_INLINE Floats Fma(Floats a, Floats b, float c) { return FmaVector(a, b, Broadcast(c)); }
  ADAMSDE_INLINE Floats Fma(Floats a, float b, Floats c) { return FmaVector(a, Broadcast(b), c); }
  ADAMSDE_INLINE Floats Fma(Floats a, float b, float c) {
    return FmaVector(a, Broadcast(b), Broadcast(c));
  }
};

ADAMSDE_INLINE Floats Load(const float* from) {
  Floats x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
ADAMSDE_INLINE void Store(float* to, Floats x) { __builtin_memcpy(to, &x, sizeof x); }

ADAMSDE_INLINE Real Load(const double* from) {
  Real x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
ADAMSDE_INLINE void Store(double* to, Real x) { __builtin_memcpy(to, &x, sizeof x); }

}  // namespace
}  // namespace adamsde::ADAMSDE_KERNEL_LEVEL

#define ADAMSDE_STRING_OF(x) #x
#define ADAMSDE_NAME_OF(x) ADAMSDE_STRING_OF(x)
