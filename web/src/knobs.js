// The live knobs of a sweep's page: sliders that recompute its numbers, and the command that gives the same.

import { curveSpec, eigenvalueSpec } from './knob_charts.js';
import { modelOf } from './knob_models.js';
import { draw } from './theme.js';

/** @typedef {import('./law.js').Knobs} Knobs */
/** @typedef {import('./knob_models.js').KnobData} KnobData */

/** @type {{key: keyof Knobs, option: string, label: string, whole?: boolean, low: (v: number) => number, high: (v: number) => number}[]} */
const KNOBS = [
  { key: 'weightDecay', option: 'weight-decay', label: 'λ, weight decay', low: (v) => (v > 0 ? v / 1e3 : 1e-4), high: (v) => (v > 0 ? v * 1e3 : 10) },
  { key: 'learningRate', option: 'learning-rate', label: 'η, learning rate', low: (v) => v / 100, high: (v) => v * 100 },
  { key: 'batchSize', option: 'batch-size', label: 'b, batch size', whole: true, low: () => 1, high: (v) => v * 64 },
  { key: 'priorVariance', option: 'prior-variance', label: 'ρ, prior variance', low: (v) => v / 1e3, high: (v) => v * 1e3 },
  { key: 'numSamples', option: 'num-samples', label: 'n, training samples', whole: true, low: (v) => Math.max(1, v / 1000), high: (v) => v * 1000 },
  { key: 'failureProbability', option: 'failure-probability', label: 'τ, failure probability', low: () => 1e-6, high: () => 0.5 },
];

/**
 * The knobs that this page has.
 * @param {KnobData} data
 */
const knobsOf = (data) => KNOBS.filter(({ key }) => data.base[key] !== undefined);

/**
 * The command line for a setting.
 * @param {KnobData} data
 * @param {Knobs} knobs
 */
export function commandFor(data, knobs) {
  return knobsOf(data).reduce((line, { key, option }) => `${line} --${option} ${knobs[key]}`, data.command);
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

/** One page's panel of knobs. */
class Panel {
  /**
   * @param {HTMLElement} root
   * @param {KnobData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.model = modelOf(data);
    /** @type {Knobs} */
    this.knobs = { ...data.base };
    /** @type {Map<string, HTMLElement>} */
    this.outputs = new Map();
    /** @type {(() => void)[]} */
    this.refreshers = [];
    this.swept = this.model.eigenvalues?.(data.base);
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
    for (const knob of knobsOf(this.data)) form.append(this.knob(knob));
    const reset = element('button', { type: 'button' }, 'Back to the sweep’s setting');
    reset.addEventListener('click', () => {
      this.knobs = { ...this.data.base };
      this.changed();
    });
    form.append(reset);
    const body = element('tbody', {});
    for (const [name, label] of this.model.outputs) {
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
      element('figure', {}, this.curve, element('figcaption', {}, `${this.model.quantity} over the weight decay at this setting; the dots are the knob’s λ (0 at the left end).`)),
      element('p', {}, 'The same numbers from the command line:'),
      element('pre', { class: 'command' }, this.command),
      element('p', {}, copy, ' ', copied),
    );
    if (this.swept) {
      this.root.querySelector('figure')?.after(
        element('figure', {}, this.eigenvalues, element('figcaption', {}, 'Eigenvalues of the posterior covariance M, now and as swept.')),
      );
    }
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
    // Where pictures cost time that is felt, they wait until the slider rests.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showPictures(), this.model.size > 150 ? 300 : 0);
  }

  showNumbers() {
    for (const [name, value] of this.model.numbers(this.knobs)) this.show(name, value);
    this.command.textContent = commandFor(this.data, this.knobs);
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  show(name, value) {
    const output = this.outputs.get(name);
    if (!output) return;
    const small = value !== 0 && Math.abs(value) < 1e-3;
    const digits = small ? value.toExponential(9) : String(Number(value.toPrecision(10)));
    output.textContent = Number.isFinite(value) ? digits : 'none';
    output.dataset.value = String(value);
  }

  /** Eigenvalues by rank, the largest first, now and as swept. */
  eigenvaluePoints() {
    /** @type {{x: number, y: number, at: string}[]} */
    const points = [];
    const now = this.model.eigenvalues?.(this.knobs);
    if (!now || !this.swept) return points;
    this.show('smallest', now[0]);
    this.show('largest', now[now.length - 1]);
    for (const [at, values] of /** @type {[string, Float64Array][]} */ ([['as swept', this.swept], ['now', now]])) {
      values.forEach((y, k) => { if (y > 0) points.push({ x: values.length - k, y, at }); });
    }
    return points;
  }

  /** What the pictures show at this setting. */
  pictureData() {
    const points = this.eigenvaluePoints();
    /** @type {(x: number, weightDecay: number) => {x: number, y: number, reading: string}[]} */
    const readingsAt = (x, weightDecay) => {
      const values = this.model.curveAt({ ...this.knobs, weightDecay });
      return values.map((y, k) => ({ x, y, reading: this.model.series[k] }));
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
    if (curve.length > 0) this.curveView = (await draw(this.curve, curveSpec(curve, here, this.model.series, this.model.quantity))).view;
    if (this.swept) this.eigenvalueView = (await draw(this.eigenvalues, eigenvalueSpec(points))).view;
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
