// Small dense linear algebra on row-major Float64Arrays.

/**
 * Lower Cholesky factor of a symmetric positive definite matrix; NaN where it is not.
 * @param {Float64Array} a
 * @param {number} d
 */
function cholesky(a, d) {
  const l = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) {
    for (let j = 0; j <= i; ++j) {
      let sum = a[i * d + j];
      for (let k = 0; k < j; ++k) sum -= l[i * d + k] * l[j * d + k];
      l[i * d + j] = i === j ? Math.sqrt(sum) : sum / l[j * d + j];
    }
  }
  return l;
}

/**
 * log det of a symmetric positive definite matrix, taken at unit diagonal.
 * @param {Float64Array} a
 * @param {number} d
 */
export function choleskyLogDet(a, d) {
  const scaled = new Float64Array(d * d);
  let logDet = 0;
  for (let i = 0; i < d; ++i) {
    logDet += Math.log(a[i * d + i]);
    for (let j = 0; j < d; ++j) scaled[i * d + j] = a[i * d + j] / Math.sqrt(a[i * d + i] * a[j * d + j]);
  }
  const l = cholesky(scaled, d);
  for (let i = 0; i < d; ++i) logDet += 2 * Math.log(l[i * d + i]);
  return logDet;
}

/**
 * LᵀGL with N = LLᵀ: the nonzero spectrum of WNWᵀ where G = WᵀW.
 * @param {Float64Array} n
 * @param {Float64Array} gram
 * @param {number} d
 */
export function lowerProduct(n, gram, d) {
  const l = cholesky(n, d);
  const half = new Float64Array(d * d); // G L
  for (let i = 0; i < d; ++i) {
    for (let k = 0; k < d; ++k) {
      const g = gram[i * d + k];
      for (let j = 0; j <= k; ++j) half[i * d + j] += g * l[k * d + j];
    }
  }
  const product = new Float64Array(d * d);
  for (let k = 0; k < d; ++k) {
    for (let i = 0; i <= k; ++i) {
      const factor = l[k * d + i];
      for (let j = 0; j < d; ++j) product[i * d + j] += factor * half[k * d + j];
    }
  }
  return product;
}

/**
 * Householder reduction of a symmetric matrix to tridiagonal form (EISPACK's tred1); destroys `a`.
 * @param {Float64Array} a
 * @param {number} n
 */
function tridiagonalize(a, n) {
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  for (let i = n - 1; i > 0; --i) {
    let scale = 0;
    for (let k = 0; k < i; ++k) scale += Math.abs(a[i * n + k]);
    if (i === 1 || scale === 0) {
      off[i] = a[i * n + i - 1];
      continue;
    }
    let h = 0;
    for (let k = 0; k < i; ++k) {
      a[i * n + k] /= scale;
      h += a[i * n + k] * a[i * n + k];
    }
    let f = a[i * n + i - 1];
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    off[i] = scale * g;
    h -= f * g;
    a[i * n + i - 1] = f - g;
    f = 0;
    for (let j = 0; j < i; ++j) {
      let sum = 0;
      for (let k = 0; k <= j; ++k) sum += a[j * n + k] * a[i * n + k];
      for (let k = j + 1; k < i; ++k) sum += a[k * n + j] * a[i * n + k];
      off[j] = sum / h;
      f += off[j] * a[i * n + j];
    }
    const hh = f / (h + h);
    for (let j = 0; j < i; ++j) {
      const u = a[i * n + j];
      const v = off[j] - hh * u;
      off[j] = v;
      for (let k = 0; k <= j; ++k) a[j * n + k] -= u * off[k] + v * a[i * n + k];
    }
  }
  for (let i = 0; i < n; ++i) diagonal[i] = a[i * n + i];
  return { diagonal, off };
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL.
 * @param {Float64Array} d diagonal, overwritten
 * @param {Float64Array} e off-diagonal in 1…n−1, overwritten
 */
function implicitQl(d, e) {
  const n = d.length;
  for (let i = 1; i < n; ++i) e[i - 1] = e[i];
  e[n - 1] = 0;
  for (let l = 0; l < n; ++l) {
    for (let iteration = 0; iteration < 60; ++iteration) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) ++m;
      if (m === l) break;
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      for (let i = m - 1; i >= l; --i) {
        const f = s * e[i];
        const b = c * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && m - 1 >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d.sort();
}

/**
 * Eigenvalues of a symmetric matrix, ascending, to rounding of the largest. Destroys `a`. O(d³).
 * @param {Float64Array} a
 * @param {number} d
 */
export function symmetricEigenvalues(a, d) {
  const { diagonal, off } = tridiagonalize(a, d);
  return implicitQl(diagonal, off);
}

/**
 * Eigenvalues of a symmetric matrix and their vectors as columns, in no order, by cyclic Jacobi rotations.
 * Destroys `a`. About 10 d³ multiplications a sweep, some six sweeps.
 * @param {Float64Array} a
 * @param {number} d
 */
export function symmetricEigenvectors(a, d) {
  const vectors = new Float64Array(d * d);
  for (let i = 0; i < d; ++i) vectors[i * d + i] = 1;
  for (let sweep = 0; sweep < 30; ++sweep) {
    let rotated = false;
    for (let p = 0; p < d; ++p) {
      for (let q = p + 1; q < d; ++q) rotated = rotate(a, vectors, d, p, q) || rotated;
    }
    if (!rotated) break;
  }
  return { values: Float64Array.from({ length: d }, (_, i) => a[i * d + i]), vectors };
}

/**
 * One Jacobi rotation that makes a_pq zero; false where it is already, to rounding.
 * @param {Float64Array} a
 * @param {Float64Array} vectors
 * @param {number} d
 * @param {number} p
 * @param {number} q
 */
function rotate(a, vectors, d, p, q) {
  const apq = a[p * d + q];
  if (Math.abs(apq) <= 1e-16 * Math.sqrt(Math.abs(a[p * d + p] * a[q * d + q]))) return false;
  const theta = (a[q * d + q] - a[p * d + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  /** @type {(m: Float64Array, x: number, y: number) => void} */
  const turn = (m, x, y) => {
    const [u, v] = [m[x], m[y]];
    m[x] = c * u - s * v;
    m[y] = s * u + c * v;
  };
  for (let k = 0; k < d; ++k) turn(a, k * d + p, k * d + q);
  for (let k = 0; k < d; ++k) turn(a, p * d + k, q * d + k);
  for (let k = 0; k < d; ++k) turn(vectors, k * d + p, k * d + q);
  a[p * d + q] = a[q * d + p] = 0;
  return true;
}
