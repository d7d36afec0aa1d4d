// The page's own formulas against facts that need none of them.
import assert from 'node:assert/strict';
import test from 'node:test';

import { boundAt, posteriorEigenvalues } from '../src/law.js';
import { choleskyLogDet, symmetricEigenvalues } from '../src/matrix.js';

/** A fixed sequence in [0, 1). */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const close = (a, b, tolerance, what) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${what}: ${a} against ${b}`);

const base = {
  weightDecay: 0.1, learningRate: 0.01, batchSize: 32, priorVariance: 1, numSamples: 1000, failureProbability: 0.05,
};

/** Modes with a random positive definite Gram matrix. */
function someModes(d, seed) {
  const random = sequence(seed);
  const w = Float64Array.from({ length: d * d }, () => random() - 0.5);
  const gram = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) {
      for (let k = 0; k < d; ++k) gram[i * d + j] += w[k * d + i] * w[k * d + j];
    }
    gram[i * d + i] += 0.3;
  }
  const s = Float64Array.from({ length: d }, () => 0.05 + random());
  return {
    s,
    p: new Float64Array(d).fill(1),
    g: s.map((x) => (base.learningRate / (2 * base.batchSize)) * x),
    z: Float64Array.from({ length: d }, () => random()),
    gram,
    noise: null,
    logDetQ: choleskyLogDet(gram, d),
    minimizerSquare: 2,
    meanMoves: true,
    base,
  };
}

test('eigenvalues of the second difference are 2 − 2cos(kπ/(n+1))', () => {
  for (const n of [1, 2, 3, 10, 57, 200]) {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; ++i) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
    }
    symmetricEigenvalues(a, n).forEach((value, k) =>
      close(value, 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 1e-13, `n = ${n}, k = ${k}`));
  }
});

test('in one dimension the bound is the textbook one', () => {
  const modes = { ...someModes(1, 3), s: Float64Array.of(2), g: Float64Array.of(0.5), z: Float64Array.of(3),
    gram: Float64Array.of(1), logDetQ: 0, minimizerSquare: 9 };
  const knobs = { ...base, weightDecay: 0.5, learningRate: 0.02, batchSize: 64 };
  const variance = 0.5 / 2.5; // η doubled, b doubled: f = 1
  const mean = (2 / 2.5) * 3;
  const bound = boundAt(modes, knobs);
  close(bound.trace, variance, 1e-15, 'Tr M');
  close(bound.kl, 0.5 * (variance + mean * mean - 1 - Math.log(variance)), 1e-14, 'KL');
  close(bound.derived.phi, Math.sqrt((8 / 1000) * 2 * (bound.kl + Math.log(2000 / 0.05))), 1e-14, 'Φ');
  close(bound.risk, 0.5 * 2 * ((3 - mean) ** 2 + variance), 1e-14, 'risk');
});

test('trace and log det are those of the eigenvalues', () => {
  for (const d of [1, 2, 7, 40]) {
    const modes = someModes(d, d);
    const knobs = { ...base, weightDecay: 0.37, batchSize: 8 };
    const eigenvalues = posteriorEigenvalues(modes, knobs);
    const bound = boundAt(modes, knobs);
    close(eigenvalues.reduce((a, b) => a + b, 0), bound.trace, 1e-12, 'trace');
    close(eigenvalues.reduce((a, b) => a + Math.log(b), 0), bound.logDet, 1e-9, 'log det');
  }
});

test('noise given as a matrix that happens to be diagonal changes nothing', () => {
  const diagonal = someModes(9, 11);
  const noise = new Float64Array(81);
  diagonal.g.forEach((g, i) => { noise[i * 9 + i] = 2 * g; });
  // A little off the diagonal, so that Cholesky has work; then in the limit.
  for (const [off, tolerance] of [[0, 1e-12], [1e-9, 1e-6]]) {
    for (let i = 0; i < 9; ++i) {
      for (let j = 0; j < 9; ++j) if (i !== j) noise[i * 9 + j] = off * Math.sqrt(noise[i * 9 + i] * noise[j * 9 + j]);
    }
    const dense = { ...diagonal, noise };
    const knobs = { ...base, weightDecay: 0.02 };
    close(boundAt(dense, knobs).derived.phi, boundAt(diagonal, knobs).derived.phi, tolerance, 'Φ');
    const other = posteriorEigenvalues(diagonal, knobs);
    posteriorEigenvalues(dense, knobs).forEach((value, k) => close(value, other[k], tolerance, 'eigenvalue'));
  }
});
