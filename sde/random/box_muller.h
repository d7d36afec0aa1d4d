#pragma once

/// Box–Muller with polynomial logarithm, sine and cosine, once for any number type: `Real` and
/// `Bits` are double and uint64_t, or vectors of them. Every operation is exactly rounded or an
/// explicit fma, so scalar and vector instances give the same bits on every machine with IEEE
/// arithmetic.
///
/// `Arithmetic` supplies Fma, Sqrt, Select, AsReal and AsBits. Maximal errors of the minimax
/// polynomials: logarithm 4e-16 relative, sine and cosine 1.2e-16 absolute. Nothing of the standard
/// library is used here: these functions are compiled for several instruction sets, and a shared
/// inline function built for a newer one could be picked for an older machine.

namespace adamsde::box_muller {

/// −2 log u for u = (a's upper 52 bits + ½)·2⁻⁵², so 0 < u < 1.
template <typename Arithmetic>
inline __attribute__((always_inline)) typename Arithmetic::Real MinusTwoLog(
    typename Arithmetic::Bits a) {
  using Real = typename Arithmetic::Real;
  using Bits = typename Arithmetic::Bits;
  constexpr auto kOne = 0x3ff0000000000000ULL;
  constexpr auto kRootHalf = 0x3fe6a09e667f3bcdULL;  // mantissas are taken in [√½, √2)
  const Real u = Arithmetic::AsReal((a >> 12) | kOne) - (1.0 - 0x1p-53);
  const Bits shifted = Arithmetic::AsBits(u) + (kOne - kRootHalf);
  const Real exponent =
      Arithmetic::AsReal((shifted >> 52) | 0x4330000000000000ULL) - (0x1p52 + 1023.0);
  const Real m = Arithmetic::AsReal((shifted & 0x000fffffffffffffULL) + kRootHalf);
  // log m = 2 artanh s, s = (m−1)/(m+1); with t = −4s, −2 log m = t + t z p(z), z = t². The sum
  // keeps t's own digits: within 2 ulp.
  const Real t = Arithmetic::Fma(m, -4.0, 4.0) / (m + 1.0);
  const Real z = t * t;
  Real p = Arithmetic::Fma(z, 0x1.2b66b9bfa7252p-32, 0x1.39fd3c2df8ce9p-28);
  p = Arithmetic::Fma(p, z, 0x1.7462bd218b3e7p-24);
  p = Arithmetic::Fma(p, z, 0x1.c71c62c9cb7e9p-20);
  p = Arithmetic::Fma(p, z, 0x1.2492492e03d5p-15);
  p = Arithmetic::Fma(p, z, 0x1.9999999995284p-11);
  p = Arithmetic::Fma(p, z, 0x1.5555555555558p-6);
  return Arithmetic::Fma(t * z, p, Arithmetic::Fma(exponent, -2 * 0.693147180559945309417, t));
}

/// sin and cos of (π/2)·f, f in [−½, ½) from 52 bits of b below its top two.
template <typename Arithmetic>
inline __attribute__((always_inline)) void SineCosine(typename Arithmetic::Bits b,
                                                      typename Arithmetic::Real& sine,
                                                      typename Arithmetic::Real& cosine) {
  using Real = typename Arithmetic::Real;
  const Real f = Arithmetic::AsReal(((b << 2) >> 12) | 0x3ff0000000000000ULL) - 1.5;
  const Real z = f * f;
  Real p = Arithmetic::Fma(z, 0x1.e357ef9935699p-25, -0x1.e2fe76fdfeb21p-19);
  Real q = Arithmetic::Fma(z, -0x1.ac077c8ac4ca3p-28, 0x1.f9b7a4a492237p-22);
  p = Arithmetic::Fma(p, z, 0x1.50782d5f1481ep-13);
  q = Arithmetic::Fma(q, z, -0x1.a6d1d2d5fd2c4p-16);
  p = Arithmetic::Fma(p, z, -0x1.32d2ccdfe9424p-8);
  q = Arithmetic::Fma(q, z, 0x1.e1f50664cca8fp-11);
  p = Arithmetic::Fma(p, z, 0x1.466bc67754fffp-4);
  q = Arithmetic::Fma(q, z, -0x1.55d3c7e3b7782p-6);
  p = Arithmetic::Fma(p, z, -0x1.4abbce625be09p-1);
  q = Arithmetic::Fma(q, z, 0x1.03c1f081b5a23p-2);
  p = Arithmetic::Fma(p, z, 0x1.921fb54442d18p0);
  q = Arithmetic::Fma(q, z, -0x1.3bd3cc9be45dep0);
  sine = p * f;
  cosine = Arithmetic::Fma(q, z, 1.0);
}

/// Two independent standard normals from 128 random bits. b's top two bits choose the quadrant: the
/// first a common sign, the second whether sine and cosine trade places.
template <typename Arithmetic>
inline __attribute__((always_inline)) void NormalPair(typename Arithmetic::Bits a,
                                                      typename Arithmetic::Bits b,
                                                      typename Arithmetic::Real& first,
                                                      typename Arithmetic::Real& second) {
  using Real = typename Arithmetic::Real;
  using Bits = typename Arithmetic::Bits;
  Real sine;
  Real cosine;
  SineCosine<Arithmetic>(b, sine, cosine);
  Real radius = Arithmetic::Sqrt(MinusTwoLog<Arithmetic>(a));
  radius = Arithmetic::AsReal(Arithmetic::AsBits(radius) ^ (b & 0x8000000000000000ULL));
  const Bits swap = b & 0x4000000000000000ULL;
  first = radius * Arithmetic::Select(swap, sine, cosine);
  second = radius * Arithmetic::Select(swap, cosine, sine);
}

}  // namespace adamsde::box_muller
