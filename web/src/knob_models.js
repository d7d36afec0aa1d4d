// What the knobs recompute: the bound of a problem from its modes, or err of both optimizers from a spectrum.

import { corollary3At } from './corollary3.js';
import { boundAt, posteriorEigenvalues } from './law.js';

/** @typedef {import('./law.js').Knobs} Knobs */
/** @typedef {import('./law.js').Modes} Modes */

/**
 * @typedef {object} KnobData what the page embeds; arrays are base64 of little-endian float64
 * @property {string} [s] of a problem's modes, as are p, g and z
 * @property {string} [p]
 * @property {string} [g]
 * @property {string} [z]
 * @property {string} [gram] lower triangle by rows
 * @property {string} [noise] likewise, where the noise is not diagonal
 * @property {boolean} [rotates] the law's axes turn with λ
 * @property {number} [log_det_q]
 * @property {number} [minimizer_square]
 * @property {boolean} [mean_moves]
 * @property {string} [sigma] of a spectrum's nodes, as are their weights
 * @property {string} [weights]
 * @property {number} [dimension] of a spectrum
 * @property {number[]} lambdas of the curves
 * @property {Knobs} base
 * @property {Partial<Record<keyof Knobs, string>>} fixed knobs that cannot move here, and why
 * @property {string} command what the settings are appended to
 */

/**
 * @typedef {object} KnobModel
 * @property {[string, string][]} outputs names and labels
 * @property {string[]} series of the curve
 * @property {string} quantity that the curve shows
 * @property {number} size what the slow part costs by
 * @property {(knobs: Knobs) => [string, number][]} numbers
 * @property {(knobs: Knobs) => number[]} curveAt one number per series
 * @property {((knobs: Knobs) => Float64Array) | null} eigenvalues of the posterior covariance, ascending
 */

/** @param {string | undefined} text */
function decode(text) {
  const bytes = Uint8Array.from(atob(text ?? ''), (c) => c.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

/**
 * @param {Float64Array} packed
 * @param {number} d
 */
function unpack(packed, d) {
  const full = new Float64Array(d * d);
  for (let i = 0, k = 0; i < d; ++i) {
    for (let j = 0; j <= i; ++j, ++k) full[i * d + j] = full[j * d + i] = packed[k];
  }
  return full;
}

/**
 * @param {KnobData} data
 * @returns {Modes}
 */
export function readModes(data) {
  const s = decode(data.s);
  return {
    s,
    p: decode(data.p),
    g: decode(data.g),
    z: decode(data.z),
    gram: unpack(decode(data.gram), s.length),
    noise: data.noise ? unpack(decode(data.noise), s.length) : null,
    rotates: data.rotates ?? false,
    logDetQ: data.log_det_q ?? 0,
    minimizerSquare: data.minimizer_square ?? 0,
    meanMoves: data.mean_moves ?? true,
    base: data.base,
  };
}

/**
 * @param {KnobData} data
 * @returns {KnobModel}
 */
function boundModel(data) {
  const modes = readModes(data);
  return {
    outputs: [
      ['err', 'err'],
      ['phi-derived', 'Φ, derived'],
      ['phi-printed', 'Φ, printed'],
      ['phi-literal', 'Φ, literal'],
      ['kl', 'KL divergence'],
      ['risk', 'risk E[F − F*]'],
      ['log-det', 'log det M'],
      ['largest', 'largest eigenvalue of M'],
      ['smallest', 'smallest eigenvalue of M'],
    ],
    series: ['derived', 'printed', 'literal'],
    quantity: 'Φ',
    size: modes.s.length * (modes.rotates ? 4 : 1),
    numbers(knobs) {
      const { derived, printed, literal, kl, risk, logDet } = boundAt(modes, knobs);
      return [['err', derived.err], ['phi-derived', derived.phi], ['phi-printed', printed.phi],
        ['phi-literal', literal.phi], ['kl', kl], ['risk', risk], ['log-det', logDet]];
    },
    curveAt(knobs) {
      const { derived, printed, literal } = boundAt(modes, knobs);
      return [derived.phi, printed.phi, literal.phi];
    },
    eigenvalues: (knobs) => posteriorEigenvalues(modes, knobs),
  };
}

/**
 * @param {KnobData} data
 * @returns {KnobModel}
 */
function spectrumModel(data) {
  const nodes = { sigma: decode(data.sigma), weights: decode(data.weights), dimension: data.dimension ?? 1 };
  return {
    outputs: [
      ['err-adamw', 'err, AdamW'],
      ['err-l2-adam', 'err, ℓ2-Adam'],
      ['err-per-parameter-adamw', 'err per parameter, AdamW'],
      ['err-per-parameter-l2-adam', 'err per parameter, ℓ2-Adam'],
    ],
    series: ['AdamW', 'ℓ2-Adam'],
    quantity: 'err (nats)',
    size: nodes.sigma.length / 50,
    numbers(knobs) {
      const { adamw, l2Adam } = corollary3At(nodes, knobs);
      return [['err-adamw', adamw], ['err-l2-adam', l2Adam],
        ['err-per-parameter-adamw', adamw / nodes.dimension], ['err-per-parameter-l2-adam', l2Adam / nodes.dimension]];
    },
    curveAt(knobs) {
      const { adamw, l2Adam } = corollary3At(nodes, knobs);
      return [adamw, l2Adam];
    },
    eigenvalues: null,
  };
}

/** @param {KnobData} data */
export const modelOf = (data) => (data.sigma === undefined ? boundModel(data) : spectrumModel(data));
