// The stationary law and its bounds as functions of the knobs, from the modes of the SDE (docs/theory.md §3,
// §4): with curvatures s, decays p (AdamW: 1), noise g = Ĝ_ii/2, coordinates z of x*, Gram matrix G = WᵀW,
//
//   κ_i = s_i + λp_i,  N_i = f g_i/κ_i,  M = W N Wᵀ,  c = W (r∘z), r_i = s_i/κ_i,  f = (η/η₀)(b₀/b).
//
// Where the modal noise Ĝ is not diagonal, N_ij = f Ĝ_ij/(κ_i + κ_j).

import { choleskyLogDet, lowerProduct, symmetricEigenvalues } from './matrix.js';
import { rotatingLaw } from './rotating.js';

/**
 * @typedef {object} Knobs
 * @property {number} weightDecay
 * @property {number} learningRate
 * @property {number} batchSize
 * @property {number} priorVariance
 * @property {number} numSamples
 * @property {number} failureProbability
 */

/**
 * @typedef {object} Modes
 * @property {Float64Array} s curvatures, > 0
 * @property {Float64Array} p what λ multiplies
 * @property {Float64Array} g half the diagonal of the modal noise, at the base learning rate and batch size
 * @property {Float64Array} z modal coordinates of the minimizer
 * @property {Float64Array} gram d×d, by rows
 * @property {Float64Array | null} noise Ĝ, d×d by rows, where it is not diagonal
 * @property {boolean} [rotates] the law's axes turn with λ (rotating.js); p says nothing then
 * @property {number} logDetQ
 * @property {number} minimizerSquare
 * @property {boolean} meanMoves the posterior is centred at c; else at x*
 * @property {Knobs} base where g and noise were taken
 */

/**
 * @typedef {object} Reading
 * @property {number} err
 * @property {number} c0
 * @property {number} phi
 */

/**
 * @typedef {object} Bound
 * @property {number} logDet
 * @property {number} trace
 * @property {number} meanSquare
 * @property {number} kl
 * @property {number} risk E[F − F*] on the quadratic
 * @property {Reading} derived
 * @property {Reading} printed
 * @property {Reading} literal
 */

/**
 * @param {Modes} modes
 * @param {Knobs} knobs
 */
function noiseFactor({ base }, knobs) {
  return (knobs.learningRate / base.learningRate) * (base.batchSize / knobs.batchSize);
}

/**
 * Modal covariance as a full matrix, for noise that is not diagonal.
 * @param {Modes} modes
 * @param {Float64Array} noise
 * @param {Knobs} knobs
 */
function modalCovariance(modes, noise, knobs) {
  const d = modes.s.length;
  const f = noiseFactor(modes, knobs);
  const kappa = modes.s.map((s, i) => s + knobs.weightDecay * modes.p[i]);
  const n = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) n[i * d + j] = (f * noise[i * d + j]) / (kappa[i] + kappa[j]);
  }
  return n;
}

/**
 * log det M and Tr M.
 * @param {Modes} modes
 * @param {Knobs} knobs
 */
function sizeOfLaw(modes, knobs) {
  const d = modes.s.length;
  if (modes.rotates) {
    const law = rotatingLaw(modes, knobs.weightDecay);
    const f = noiseFactor(modes, knobs);
    return { logDet: modes.logDetQ + d * Math.log(f) + law.logDet, trace: f * law.trace };
  }
  if (modes.noise) {
    const n = modalCovariance(modes, modes.noise, knobs);
    let trace = 0;
    for (let k = 0; k < d * d; ++k) trace += n[k] * modes.gram[k];
    return { logDet: modes.logDetQ + choleskyLogDet(n, d), trace };
  }
  const f = noiseFactor(modes, knobs);
  let logDet = modes.logDetQ;
  let trace = 0;
  for (let i = 0; i < d; ++i) {
    const variance = (f * modes.g[i]) / (modes.s[i] + knobs.weightDecay * modes.p[i]);
    logDet += Math.log(variance);
    trace += modes.gram[i * d + i] * variance;
  }
  return { logDet, trace };
}

/**
 * ‖μ‖².
 * @param {Modes} modes
 * @param {Knobs} knobs
 */
function meanSquare(modes, knobs) {
  if (!modes.meanMoves) return modes.minimizerSquare;
  if (modes.rotates) return rotatingLaw(modes, knobs.weightDecay).meanSquare;
  const d = modes.s.length;
  const v = new Float64Array(d);
  for (let i = 0; i < d; ++i) {
    v[i] = (modes.s[i] / (modes.s[i] + knobs.weightDecay * modes.p[i])) * modes.z[i];
  }
  let square = 0;
  for (let i = 0; i < d; ++i) {
    let row = 0;
    for (let j = 0; j < d; ++j) row += modes.gram[i * d + j] * v[j];
    square += v[i] * row;
  }
  return square;
}

/**
 * @param {Modes} modes
 * @param {Knobs} knobs
 */
function riskOf(modes, knobs) {
  const f = noiseFactor(modes, knobs);
  if (modes.rotates) {
    const law = rotatingLaw(modes, knobs.weightDecay);
    return f * law.noiseRisk + law.biasRisk;
  }
  let risk = 0;
  for (let i = 0; i < modes.s.length; ++i) {
    const kappa = modes.s[i] + knobs.weightDecay * modes.p[i];
    const shift = (1 - modes.s[i] / kappa) * modes.z[i];
    risk += 0.5 * modes.s[i] * (shift * shift + (f * modes.g[i]) / kappa);
  }
  return risk;
}

/**
 * Φ = √(8/n)·√(err + c0) in its three readings, from what they need of the law.
 * @param {Modes} modes
 * @param {Knobs} knobs
 * @returns {Bound}
 */
export function boundAt(modes, knobs) {
  const { logDet, trace } = sizeOfLaw(modes, knobs);
  const square = meanSquare(modes, knobs);
  const d = modes.s.length;
  const rho = knobs.priorVariance;
  const logTerm = 2 * Math.log((2 * knobs.numSamples) / knobs.failureProbability);
  /** @type {(err: number, c0: number) => Reading} */
  const reading = (err, c0) => ({ err, c0, phi: Math.sqrt((8 * (err + c0)) / knobs.numSamples) });
  const err = -logDet + trace / rho + d * Math.log(rho);
  const scale = knobs.learningRate / (2 * knobs.batchSize);
  const literal = -logDet + (scale / rho) * trace + d * Math.log(rho / scale);
  const printed = modes.minimizerSquare / (2 * rho) - d / 2 + logTerm;
  return {
    logDet,
    trace,
    meanSquare: square,
    kl: 0.5 * (err + square / rho - d),
    risk: riskOf(modes, knobs),
    derived: reading(err, square / rho - d + logTerm),
    printed: reading(err, printed),
    literal: reading(literal, printed),
  };
}

/**
 * Eigenvalues of M, ascending: those of N^½ᵀ G N^½.
 * @param {Modes} modes
 * @param {Knobs} knobs
 */
export function posteriorEigenvalues(modes, knobs) {
  const d = modes.s.length;
  if (modes.rotates) {
    const f = noiseFactor(modes, knobs);
    const covariance = rotatingLaw(modes, knobs.weightDecay).covariance.map((v) => f * v);
    return symmetricEigenvalues(lowerProduct(covariance, modes.gram, d), d);
  }
  if (modes.noise) return symmetricEigenvalues(lowerProduct(modalCovariance(modes, modes.noise, knobs), modes.gram, d), d);
  const f = noiseFactor(modes, knobs);
  const root = modes.s.map((s, i) => Math.sqrt((f * modes.g[i]) / (s + knobs.weightDecay * modes.p[i])));
  const matrix = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) matrix[i * d + j] = root[i] * modes.gram[i * d + j] * root[j];
  }
  return symmetricEigenvalues(matrix, d);
}
