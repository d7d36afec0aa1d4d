// The page's own formulas against facts that need none of them.
import assert from 'node:assert/strict';
import test from 'node:test';

import { corollary3At } from '../src/corollary3.js';
import { boundAt, posteriorEigenvalues } from '../src/law.js';
import { choleskyLogDet, symmetricEigenvalues, symmetricEigenvectors } from '../src/matrix.js';
import { rotatingLaw } from '../src/rotating.js';

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

test('eigenvectors are orthonormal and diagonalize', () => {
  for (const d of [1, 2, 5, 31]) {
    const { gram } = someModes(d, d + 1);
    const { values, vectors } = symmetricEigenvectors(gram.slice(), d);
    for (let k = 0; k < d; ++k) {
      for (let i = 0; i < d; ++i) {
        let row = 0;
        let dot = 0;
        for (let j = 0; j < d; ++j) {
          row += gram[i * d + j] * vectors[j * d + k];
          dot += vectors[j * d + i] * vectors[j * d + k];
        }
        close(row, values[k] * vectors[i * d + k], 1e-13, `G v, d = ${d}`);
        close(dot, i === k ? 1 : 0, 1e-13, `v·v, d = ${d}`);
      }
    }
  }
});

test('a law that rotates with λ solves its Lyapunov equation and its mean its own', () => {
  const d = 8;
  const lambda = 0.7;
  const modes = { ...someModes(d, 21), rotates: true };
  const { s, z, g, gram } = modes;
  const drift = gram.map((v) => lambda * v);
  for (let i = 0; i < d; ++i) drift[i * d + i] += s[i];
  const { covariance, meanSquare, biasRisk } = rotatingLaw(modes, lambda);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j < d; ++j) {
      let sum = 0;
      for (let k = 0; k < d; ++k) sum += drift[i * d + k] * covariance[k * d + j] + covariance[i * d + k] * drift[k * d + j];
      close(sum / g[0], (i === j ? 2 * g[i] : 0) / g[0], 1e-12, 'residual');
    }
  }
  // The mean by relaxation, c ← c + h (S z − (S + λG) c), which needs no eigenvector.
  const c = new Float64Array(d);
  for (let step = 0; step < 4000; ++step) {
    const force = s.map((si, i) => si * z[i] - c.reduce((sum, v, j) => sum + drift[i * d + j] * v, 0));
    force.forEach((v, i) => { c[i] += 0.2 * v; });
  }
  let square = 0;
  let bias = 0;
  for (let i = 0; i < d; ++i) {
    bias += 0.5 * s[i] * (c[i] - z[i]) ** 2;
    for (let j = 0; j < d; ++j) square += c[i] * gram[i * d + j] * c[j];
  }
  close(meanSquare, square, 1e-10, '‖c‖²');
  close(biasRisk, bias, 1e-10, 'risk of the mean');
});

test('a law that need not rotate is the same by either way', () => {
  const plain = someModes(6, 4);
  const identity = plain.gram.map((_, k) => (k % 7 === 0 ? 1 : 0));
  const commuting = { ...plain, gram: identity, logDetQ: 0 };
  const knobs = { ...base, weightDecay: 0.3, learningRate: 0.05, batchSize: 7 };
  const a = boundAt(commuting, knobs);
  const b = boundAt({ ...commuting, rotates: true }, knobs);
  for (const key of ['logDet', 'trace', 'meanSquare', 'kl', 'risk']) close(a[key], b[key], 1e-13, key);
});

test('Corollary 3 at one node', () => {
  const nodes = { sigma: Float64Array.of(4), weights: Float64Array.of(1), dimension: 10 };
  const { adamw, l2Adam } = corollary3At(nodes, { ...base, weightDecay: 1, learningRate: 0.5, batchSize: 2, priorVariance: 3 });
  close(adamw, 10 * (Math.log(72) + 1 / 72), 1e-15, 'AdamW: x = 24·(2 + 1)');
  close(l2Adam, 10 * (Math.log(60) + 1 / 60), 1e-15, 'ℓ2-Adam: x = 24·(2 + 1/2)');
});
