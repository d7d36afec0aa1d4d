#pragma once

/// Box–Muller in single precision, from two words of 32 random bits: box_muller.h says what
/// `Arithmetic` is; here it also has FromInteger. Maximal errors of the minimax polynomials:
/// logarithm 6e-8 relative, sine and cosine 6e-8 absolute. The radius ends at √(62 log 2) = 6.56.

namespace adamsde::box_muller {

/// −2 log u for u = (2⌊a/2⌋ + 1)·2⁻³² as a float, so 0 < u ≤ 1; never negative.
template <typename Arithmetic>
inline __attribute__((always_inline)) typename Arithmetic::Real MinusTwoLogFloat(
    typename Arithmetic::Bits a) {
  using Real = typename Arithmetic::Real;
  using Bits = typename Arithmetic::Bits;
  constexpr auto kOne = 0x3f800000U;
  constexpr auto kRootHalf = 0x3f3504f3U;  // mantissas are taken in [√½, √2)
  const Real u = Arithmetic::FromInteger((a >> 1) | 1U) * 0x1p-31F;
  const Bits shifted = Arithmetic::AsBits(u) + (kOne - kRootHalf);
  const Real exponent = Arithmetic::FromInteger((shifted >> 23) - 127U);
  const Real r = Arithmetic::AsReal((shifted & 0x007fffffU) + kRootHalf) - 1.0F;
  Real p = Arithmetic::Fma(r, 0x1.79ed62p-4F, -0x1.25fp-3F);
  p = Arithmetic::Fma(p, r, 0x1.2e97aep-3F);
  p = Arithmetic::Fma(p, r, -0x1.53309ep-3F);
  p = Arithmetic::Fma(p, r, 0x1.9913bp-3F);
  p = Arithmetic::Fma(p, r, -0x1.000566p-2F);
  p = Arithmetic::Fma(p, r, 0x1.555624p-2F);
  p = Arithmetic::Fma(p, r, -0x1.fffffcp-2F);
  p = Arithmetic::Fma(p, r, 1.0F);
  const Real result = -2.0F * Arithmetic::Fma(exponent, 0.69314718056F, p * r);
  // Rounding can take it below zero near u = 1.
  const Bits negative = Arithmetic::AsBits(result) & 0x80000000U;
  return Arithmetic::Select(negative, Real{}, result);
}

/// Two independent standard normals. b's top two bits choose the quadrant, as in NormalPair.
template <typename Arithmetic>
inline __attribute__((always_inline)) void NormalPairFloat(typename Arithmetic::Bits a,
                                                           typename Arithmetic::Bits b,
                                                           typename Arithmetic::Real& first,
                                                           typename Arithmetic::Real& second) {
  using Real = typename Arithmetic::Real;
  // The angle is (π/2)·f, f in [−½, ½).
  const Real f = Arithmetic::FromInteger(b << 2) * 0x1p-32F;
  const Real z = f * f;
  Real p = Arithmetic::Fma(z, -0x1.2f5992p-8F, 0x1.466b2p-4F);
  Real q = Arithmetic::Fma(z, 0x1.d09344p-11F, -0x1.55a5bp-6F);
  p = Arithmetic::Fma(p, z, -0x1.4abbecp-1F);
  q = Arithmetic::Fma(q, z, 0x1.03c19ep-2F);
  p = Arithmetic::Fma(p, z, 0x1.921fb6p0F);
  q = Arithmetic::Fma(q, z, -0x1.3bd3ccp0F);
  const Real sine = p * f;
  const Real cosine = Arithmetic::Fma(q, z, 1.0F);
  Real radius = Arithmetic::Sqrt(MinusTwoLogFloat<Arithmetic>(a));
  radius = Arithmetic::AsReal(Arithmetic::AsBits(radius) ^ (b & 0x80000000U));
  const typename Arithmetic::Bits swap = b & 0x40000000U;
  first = radius * Arithmetic::Select(swap, sine, cosine);
  second = radius * Arithmetic::Select(swap, cosine, sine);
}

}  // namespace adamsde::box_muller
