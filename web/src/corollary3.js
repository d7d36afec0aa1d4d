// err of both optimizers by Corollary 3 (Q = H^(−½)) from a spectrum: err = d Σ w h(x), h(x) = log x + 1/x,
// x^AdamW = (2ρb/η)(√σ + λ), x^ℓ2 = (2ρb/η)(√σ + λ/√σ).

/**
 * @param {{sigma: Float64Array, weights: Float64Array, dimension: number}} nodes
 * @param {import('./law.js').Knobs} knobs
 */
export function corollary3At({ sigma, weights, dimension }, knobs) {
  const scale = (2 * knobs.priorVariance * knobs.batchSize) / knobs.learningRate;
  let adamw = 0;
  let l2Adam = 0;
  for (let k = 0; k < sigma.length; ++k) {
    const root = Math.sqrt(sigma[k]);
    const x = scale * (root + knobs.weightDecay);
    const y = scale * (root + knobs.weightDecay / root);
    adamw += weights[k] * (Math.log(x) + 1 / x);
    l2Adam += weights[k] * (Math.log(y) + 1 / y);
  }
  return { adamw: dimension * adamw, l2Adam: dimension * l2Adam };
}
