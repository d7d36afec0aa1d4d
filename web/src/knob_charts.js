// What the live knobs draw, as Vega-Lite specifications.

/** @param {boolean} log */
const quantity = (log) => ({ type: 'quantitative', scale: log ? { type: 'log' } : { type: 'linear', zero: false } });

const axis = {
  // As the program's own figures have it.
  labelExpr:
    "indexof([1, 2, 5], round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)) * 1e6) / 1e6) < 0 ? '' : " +
    "datum.value >= 0.01 && datum.value < 100000 ? format(datum.value, '~g') : format(datum.value, '.1~e')",
};

/**
 * @param {object[]} curve
 * @param {object[]} here
 * @param {string[]} names of the series
 * @param {string} title of the y axis
 */
export function curveSpec(curve, here, names, title) {
  const reading = { field: 'reading', type: 'nominal', title: null, scale: { domain: names } };
  const x = { field: 'x', title: 'weight decay λ (per unit of SDE time)', ...quantity(true), axis };
  const y = { field: 'y', title, ...quantity(false) };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${title} over the weight decay at the present setting of the knobs`,
    width: 'container',
    height: 240,
    layer: [
      {
        data: { name: 'curve', values: curve },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y, color: reading, strokeDash: reading },
      },
      {
        data: { name: 'here', values: here },
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, y, color: reading },
      },
    ],
  };
}

/** @param {object[]} values */
export function eigenvalueSpec(values) {
  const at = { field: 'at', type: 'nominal', title: null, scale: { domain: ['now', 'as swept'] } };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: 'Eigenvalues of the posterior covariance at the present setting of the knobs, and at the base setting',
    width: 'container',
    height: 240,
    data: { name: 'eigenvalues', values },
    mark: { type: 'point', filled: true, size: 45, opacity: 1 },
    encoding: {
      x: { field: 'x', title: 'rank of the eigenvalue', ...quantity(false), axis: { tickMinStep: 1 } },
      y: { field: 'y', title: 'eigenvalue of M (parameter²)', ...quantity(true), axis },
      color: at,
      shape: at,
    },
  };
}
