// The live knobs of a sweep's page: sliders that recompute the bound and the posterior, and the command that
// gives the same numbers.

import { boundAt, posteriorEigenvalues } from './law.js';
import { draw } from './theme.js';

/** @typedef {import('./law.js').Knobs} Knobs */
/** @typedef {import('./law.js').Modes} Modes */

/**
 * @typedef {object} KnobData what the page embeds
 * @property {string} s base64 of little-endian float64, as all arrays here
 * @property {string} p
 * @property {string} g
 * @property {string} z
 * @property {string} gram lower triangle by rows
 * @property {string} [noise] likewise, where the noise is not diagonal
 * @property {number} log_det_q
 * @property {number} minimizer_square
 * @property {boolean} mean_moves
 * @property {number[]} lambdas of the curves
 * @property {Knobs} base
 * @property {Partial<Record<keyof Knobs, string>>} fixed knobs that cannot move here, and why
 * @property {string} command what the settings are appended to
 */

/** @type {{key: keyof Knobs, option: string, label: string, whole?: boolean, low: (v: number) => number, high: (v: number) => number}[]} */
const KNOBS = [
  { key: 'weightDecay', option: 'weight-decay', label: 'λ, weight decay', low: (v) => (v > 0 ? v / 1e3 : 1e-4), high: (v) => (v > 0 ? v * 1e3 : 10) },
  { key: 'learningRate', option: 'learning-rate', label: 'η, learning rate', low: (v) => v / 100, high: (v) => v * 100 },
  { key: 'batchSize', option: 'batch-size', label: 'b, batch size', whole: true, low: () => 1, high: (v) => v * 64 },
  { key: 'priorVariance', option: 'prior-variance', label: 'ρ, prior variance', low: (v) => v / 1e3, high: (v) => v * 1e3 },
  { key: 'numSamples', option: 'num-samples', label: 'n, training samples', whole: true, low: (v) => Math.max(1, v / 1000), high: (v) => v * 1000 },
  { key: 'failureProbability', option: 'failure-probability', label: 'τ, failure probability', low: () => 1e-6, high: () => 0.5 },
];

/** @param {string} text */
function decode(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
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
    logDetQ: data.log_det_q,
    minimizerSquare: data.minimizer_square,
    meanMoves: data.mean_moves,
    base: data.base,
  };
}

/**
 * The command line for a setting.
 * @param {KnobData} data
 * @param {Knobs} knobs
 */
export function commandFor(data, knobs) {
  return KNOBS.reduce((line, { key, option }) => `${line} --${option} ${knobs[key]}`, data.command);
}

/**
 * What a slider at a position in [0, 1000] means: six digits at most, so that the command stays short.
 * @param {number} position
 * @param {number} low
 * @param {number} high
 * @param {boolean} whole
 */
export function valueAt(position, low, high, whole) {
  const value = low * Math.pow(high / low, position / 1000);
  return whole ? Math.max(1, Math.round(Number(value.toPrecision(6)))) : Number(value.toPrecision(6));
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {boolean} log */
const quantity = (log) => ({ type: 'quantitative', scale: log ? { type: 'log' } : { type: 'linear', zero: false } });

const axis = {
  // As the program's own figures have it.
  labelExpr: "datum.value >= 0.01 && datum.value < 100000 ? format(datum.value, '~g') : format(datum.value, '.1~e')",
};

/**
 * @param {object[]} curve
 * @param {object[]} here
 */
function curveSpec(curve, here) {
  const reading = { field: 'reading', type: 'nominal', title: null, scale: { domain: ['derived', 'printed', 'literal'] } };
  const x = { field: 'x', title: 'weight decay λ', ...quantity(true), axis };
  const y = { field: 'y', title: 'Φ', ...quantity(false) };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: 'The bound over the weight decay at the present setting of the knobs',
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
function eigenvalueSpec(values) {
  const at = { field: 'at', type: 'nominal', title: null, scale: { domain: ['now', 'as swept'] } };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: 'Eigenvalues of the posterior covariance at the present setting of the knobs, and at the base setting',
    width: 'container',
    height: 240,
    data: { name: 'eigenvalues', values },
    mark: { type: 'point', filled: true, size: 45, opacity: 1 },
    encoding: {
      x: { field: 'x', title: 'rank of the eigenvalue', ...quantity(false) },
      y: { field: 'y', title: 'eigenvalue of M', ...quantity(true), axis },
      color: at,
      shape: at,
    },
  };
}

const OUTPUTS = [
  ['err', 'err'],
  ['phi-derived', 'Φ, derived'],
  ['phi-printed', 'Φ, printed'],
  ['phi-literal', 'Φ, literal'],
  ['kl', 'KL divergence'],
  ['risk', 'risk E[F − F*]'],
  ['log-det', 'log det M'],
  ['largest', 'largest eigenvalue of M'],
  ['smallest', 'smallest eigenvalue of M'],
];

/** One page's panel of knobs. */
class Panel {
  /**
   * @param {HTMLElement} root
   * @param {KnobData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.modes = readModes(data);
    /** @type {Knobs} */
    this.knobs = { ...data.base };
    /** @type {Map<string, HTMLElement>} */
    this.outputs = new Map();
    /** @type {(() => void)[]} */
    this.refreshers = [];
    this.swept = posteriorEigenvalues(this.modes, data.base);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.command = element('code', { id: 'live-command' });
    this.curve = element('div', { class: 'live' });
    this.eigenvalues = element('div', { class: 'live' });
    /** @type {import('vega-embed').Result['view'] | undefined} */
    this.curveView = undefined;
    /** @type {import('vega-embed').Result['view'] | undefined} */
    this.eigenvalueView = undefined;
    this.build();
  }

  build() {
    const form = element('form', { class: 'knobs', 'aria-label': 'Knobs' });
    form.addEventListener('submit', (event) => event.preventDefault());
    for (const knob of KNOBS) form.append(this.knob(knob));
    const reset = element('button', { type: 'button' }, 'Back to the sweep’s setting');
    reset.addEventListener('click', () => {
      this.knobs = { ...this.data.base };
      this.changed();
    });
    form.append(reset);
    const body = element('tbody', {});
    for (const [name, label] of OUTPUTS) {
      const output = element('output', { id: `live-${name}` });
      this.outputs.set(name, output);
      body.append(element('tr', {}, element('th', { scope: 'row' }, label), element('td', { class: 'number' }, output)));
    }
    const table = element('table', {}, element('caption', {}, 'The bound at this setting'),
      element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Quantity'), element('th', { scope: 'col' }, 'Value'))), body);
    const copy = element('button', { type: 'button', id: 'copy-command' }, 'Copy the command');
    const copied = element('span', { role: 'status' });
    copy.addEventListener('click', () => this.copy(copied));
    this.root.append(
      element('div', { class: 'panel' }, form, table),
      element('figure', {}, this.curve, element('figcaption', {}, 'Φ over the weight decay at this setting; the dots are the knob’s λ (0 at the left end).')),
      element('figure', {}, this.eigenvalues, element('figcaption', {}, 'Eigenvalues of the posterior covariance M, now and as swept.')),
      element('p', {}, 'The same numbers from the command line:'),
      element('pre', { tabindex: '0' }, this.command),
      element('p', {}, copy, ' ', copied),
    );
    this.root.hidden = false;
  }

  /** @param {typeof KNOBS[number]} knob */
  knob({ key, option, label, low, high, whole = false }) {
    const reason = this.data.fixed[key];
    const least = low(this.data.base[key]);
    const most = high(this.data.base[key]);
    const slider = /** @type {HTMLInputElement} */ (
      element('input', { type: 'range', min: '0', max: '1000', step: '1', id: `knob-${option}`, 'aria-label': label })
    );
    const field = /** @type {HTMLInputElement} */ (
      element('input', { type: 'text', inputmode: 'decimal', id: `value-${option}`, 'aria-label': `${label}, exact value`, autocomplete: 'off' })
    );
    slider.disabled = field.disabled = reason !== undefined;
    slider.addEventListener('input', () => {
      this.knobs[key] = valueAt(Number(slider.value), least, most, whole);
      this.changed();
    });
    field.addEventListener('change', () => {
      const value = Number(field.value);
      const allowed = Number.isFinite(value) && (value > 0 || (key === 'weightDecay' && value === 0)) &&
        (!whole || (value >= 1 && Number.isInteger(value))) && (key !== 'failureProbability' || value < 1);
      field.setAttribute('aria-invalid', String(!allowed));
      if (!allowed) return;
      this.knobs[key] = value;
      this.changed();
    });
    const row = element('div', { class: 'knob' }, element('span', { 'aria-hidden': 'true' }, label), slider, field);
    if (reason !== undefined) row.append(element('small', {}, reason));
    this.refreshers.push(() => {
      const value = this.knobs[key];
      slider.value = String(Math.round((1000 * Math.log(Math.max(value, least) / least)) / Math.log(most / least)));
      slider.setAttribute('aria-valuetext', String(value));
      field.value = String(value);
      field.setAttribute('aria-invalid', 'false');
    });
    return row;
  }

  /** @param {HTMLElement} status */
  async copy(status) {
    const text = commandFor(this.data, this.knobs);
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = 'Copied.';
    } catch {
      // Without permission (some browsers on file://): select it, for the reader to copy.
      getSelection()?.selectAllChildren(this.command);
      status.textContent = 'Selected: copy it with the keyboard.';
    }
  }

  changed() {
    for (const refresh of this.refreshers) refresh();
    this.showNumbers();
    // Eigenvalues cost d³: where that is felt, they wait until the slider rests.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showPictures(), this.modes.s.length > 150 ? 300 : 0);
  }

  showNumbers() {
    const bound = boundAt(this.modes, this.knobs);
    /** @type {[string, number][]} */
    const values = [
      ['err', bound.derived.err],
      ['phi-derived', bound.derived.phi],
      ['phi-printed', bound.printed.phi],
      ['phi-literal', bound.literal.phi],
      ['kl', bound.kl],
      ['risk', bound.risk],
      ['log-det', bound.logDet],
    ];
    for (const [name, value] of values) this.show(name, value);
    this.command.textContent = commandFor(this.data, this.knobs);
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  show(name, value) {
    const output = this.outputs.get(name);
    if (!output) return;
    output.textContent = Number.isFinite(value) ? String(Number(value.toPrecision(10))) : 'none';
    output.dataset.value = String(value);
  }

  /** What the pictures show at this setting. */
  pictureData() {
    const eigenvalues = posteriorEigenvalues(this.modes, this.knobs);
    this.show('smallest', eigenvalues[0]);
    this.show('largest', eigenvalues[eigenvalues.length - 1]);
    /** @type {{x: number, y: number, at: string}[]} */
    const points = [];
    for (const [at, values] of /** @type {[string, Float64Array][]} */ ([['as swept', this.swept], ['now', eigenvalues]])) {
      values.forEach((y, k) => { if (y > 0) points.push({ x: values.length - k, y, at }); });
    }
    /** @type {(x: number, weightDecay: number) => {x: number, y: number, reading: string}[]} */
    const readingsAt = (x, weightDecay) => {
      const bound = boundAt(this.modes, { ...this.knobs, weightDecay });
      return /** @type {const} */ (['derived', 'printed', 'literal']).map((reading) => ({ x, y: bound[reading].phi, reading }));
    };
    const { lambdas, fixed } = this.data;
    const curve = fixed.weightDecay === undefined ? lambdas.flatMap((lambda) => readingsAt(lambda, lambda)) : [];
    // λ = 0 has no place on a logarithmic axis: it is drawn at the left end.
    const here = curve.length > 0 ? readingsAt(Math.max(this.knobs.weightDecay, lambdas[0]), this.knobs.weightDecay) : [];
    return { curve, here, points };
  }

  showPictures() {
    const { curve, here, points } = this.pictureData();
    if (curve.length > 0) this.curveView?.data('curve', curve).data('here', here).runAsync();
    this.eigenvalueView?.data('eigenvalues', points).runAsync();
  }

  async draw() {
    const { curve, here, points } = this.pictureData();
    if (curve.length > 0) this.curveView = (await draw(this.curve, curveSpec(curve, here))).view;
    this.eigenvalueView = (await draw(this.eigenvalues, eigenvalueSpec(points))).view;
    this.changed();
  }
}

/** Builds the panel where the page has data for one; redraws it when the theme changes. */
export async function startKnobs() {
  const root = document.getElementById('knobs-panel');
  const data = document.getElementById('knobs-data');
  if (!root || !data?.textContent) return () => Promise.resolve();
  const panel = new Panel(root, JSON.parse(data.textContent));
  await panel.draw();
  return () => panel.draw();
}
