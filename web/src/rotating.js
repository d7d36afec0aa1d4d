// Laws of ℓ2-Adam whose axes turn with λ. In the modes of λ = 0 (x = W y, G = WᵀW, noise Ĝ) the drift is
// S + λG, and with its eigendecomposition U κ Uᵀ
//
//   N_ij = (UᵀĜU)_ij/(κ_i + κ_j),  M = W U N Uᵀ Wᵀ,  (S + λG) c = S z,
//
// all proportional to the noise, so that one decomposition per λ serves every other knob.

import { choleskyLogDet, symmetricEigenvectors } from './matrix.js';

/** @typedef {import('./law.js').Modes} Modes */

/**
 * @typedef {object} RotatingLaw at the base learning rate and batch size
 * @property {number} logDet of N
 * @property {number} trace of M
 * @property {number} noiseRisk ½ Tr(HM)
 * @property {number} biasRisk
 * @property {number} meanSquare ‖c‖²
 * @property {Float64Array} covariance U N Uᵀ
 */

/**
 * Aᵀ B A for symmetric B, by rows.
 * @param {Float64Array} a
 * @param {Float64Array} b
 * @param {number} d
 * @param {boolean} transposed Aᵀ in place of A
 */
function congruence(a, b, d, transposed) {
  /** @type {(i: number, j: number) => number} */
  const at = (i, j) => (transposed ? a[j * d + i] : a[i * d + j]);
  const half = new Float64Array(d * d);
  const full = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) {
    for (let k = 0; k < d; ++k) {
      for (let j = 0; j < d; ++j) half[i * d + j] += b[i * d + k] * at(k, j);
    }
  }
  for (let i = 0; i < d; ++i) {
    for (let k = 0; k < d; ++k) {
      for (let j = 0; j < d; ++j) full[i * d + j] += at(k, i) * half[k * d + j];
    }
  }
  return full;
}

/**
 * @param {Modes} modes
 * @returns {Float64Array}
 */
function noiseOf({ noise, g }) {
  if (noise) return noise;
  const d = g.length;
  const full = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) full[i * d + i] = 2 * g[i];
  return full;
}

/**
 * @param {Modes} modes
 * @param {number} lambda
 * @returns {RotatingLaw}
 */
function computeLaw(modes, lambda) {
  const { s, z, gram } = modes;
  const d = s.length;
  const drift = gram.map((value) => lambda * value);
  for (let i = 0; i < d; ++i) drift[i * d + i] += s[i];
  const { values, vectors } = symmetricEigenvectors(drift, d);
  const n = congruence(vectors, noiseOf(modes), d, false);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) n[i * d + j] /= values[i] + values[j];
  }
  const covariance = congruence(vectors, n, d, true);
  const pulled = new Float64Array(d);
  for (let k = 0; k < d; ++k) {
    for (let i = 0; i < d; ++i) pulled[k] += (vectors[i * d + k] * s[i] * z[i]) / values[k];
  }
  let [trace, noiseRisk, biasRisk, meanSquare] = [0, 0, 0, 0];
  const c = s.map((_, i) => pulled.reduce((sum, p, k) => sum + vectors[i * d + k] * p, 0));
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) {
      trace += covariance[i * d + j] * gram[i * d + j];
      meanSquare += c[i] * gram[i * d + j] * c[j];
    }
    noiseRisk += 0.5 * s[i] * covariance[i * d + i];
    biasRisk += 0.5 * s[i] * (c[i] - z[i]) ** 2;
  }
  return { logDet: choleskyLogDet(n, d), trace, noiseRisk, biasRisk, meanSquare, covariance };
}

/** @type {WeakMap<Modes, Map<number, RotatingLaw>>} */
const known = new WeakMap();

/**
 * @param {Modes} modes
 * @param {number} lambda
 * @returns {RotatingLaw}
 */
export function rotatingLaw(modes, lambda) {
  const laws = known.get(modes) ?? new Map();
  known.set(modes, laws);
  const law = laws.get(lambda) ?? computeLaw(modes, lambda);
  if (laws.size > 500) laws.clear();
  laws.set(lambda, law);
  return law;
}
