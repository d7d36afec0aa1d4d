// Pages in a real browser, from file:// with the network blocked. Needs ADAMSDE_PROGRAM and Chromium
// (CHROMIUM, or `chromium` on the path); skipped without. ADAMSDE_SCREENSHOTS=FOLDER keeps pictures, and
// ADAMSDE_EXHAUSTIVE=1 audits every row and mark.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';

const program = process.env.ADAMSDE_PROGRAM;
const chromium = process.env.CHROMIUM ?? spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();
let playwright;
try {
  playwright = await import('playwright-core');
} catch {
  playwright = undefined;
}
const missing = [[program, 'ADAMSDE_PROGRAM'], [chromium, 'chromium'], [playwright, 'playwright-core']]
  .filter(([value]) => !value).map(([, name]) => name);
const skip = missing.length > 0 ? `needs ${missing.join(', ')}` : false;

const commands = {
  posterior: ['posterior'],
  bound: ['bound', '--empirical-risk', '0.1'],
  simulate: ['simulate', '--target-error', '0.05', '--chains', '256'],
  check: ['check', '--ladder', 'closed'],
  sweep: ['sweep', '--points', '41', '--map', 'prior-variance', '--map-min', '0.1', '--map-max', '10', '--map-points', '5'],
  spectrum: ['spectrum'],
  converge: ['converge', '--theorem', '1', '--horizons', '10,30,100', '--runs', '64'],
};
const looks = {
  desktop: { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
};
const exhaustive = Boolean(process.env.ADAMSDE_EXHAUSTIVE);
const largest = 3e6; // bytes of a page
const patience = 120000; // milliseconds, for machines with much else to do

let folder;
let browser;
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'adamsde-page-'));
  writeFileSync(join(folder, 'H.csv'), '2,0.5,0.1\n0.5,1,0.2\n0.1,0.2,0.3\n');
  writeFileSync(join(folder, 'C.csv'), '0.02,0.001,0\n0.001,0.01,0.003\n0,0.003,0.01\n');
  writeFileSync(join(folder, 'x.csv'), '1\n-0.5\n2\n');
  browser = await playwright.chromium.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer'] });
});
after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** A page of a command, made once; FOLDER stands for the tests' own. */
const pages = new Map();
function makePage(command) {
  const options = command.map((word) => word.replace('FOLDER', folder));
  const key = options.join(' ');
  if (!pages.has(key)) {
    const file = join(folder, `${pages.size}.html`);
    execFileSync(program, [...options, '--report', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    pages.set(key, file);
  }
  return pages.get(key);
}

/** Opens a page offline and waits for its figures; complaints are what the console said. */
async function open(file) {
  const context = await browser.newContext({ offline: true, ...looks.desktop });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await wear(page, looks.desktop);
  return { page, context, complaints };
}

/** Changes screen and colours, and waits until the page has drawn itself anew. */
async function wear(page, { viewport, colorScheme }) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  await page.waitForSelector(`html[data-ready=${colorScheme}]`, { state: 'attached' });
}

/** Opens every fold and, unless all is asked for, takes away what repeats: numbers behind figures, marks. */
function prepare(everything) {
  for (const fold of document.querySelectorAll('details:not(.vega-embed *)')) fold.open = true;
  if (everything) return;
  for (const many of document.querySelectorAll('figure tbody, svg g, figure .drawing svg')) {
    while (many.children.length > 12) many.lastElementChild.remove();
  }
}

/** What colours and width can change, of axe's rules. */
const ofTheLook = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

async function audit(page, rules) {
  await page.evaluate(prepare, exhaustive);
  if (!(await page.evaluate(() => 'axe' in globalThis))) {
    // Injected beside the page's Content-Security-Policy, which forbids only what is fetched.
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  }
  const result = await page.evaluate(
    (only) => globalThis.axe.run({ resultTypes: ['violations'], ...(only && { runOnly: only }) }),
    rules,
  );
  return result.violations
    .filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.any?.[0]?.message ?? ''}`).join('; ')})`);
}

const figuresOf = (page) => page.$$eval('figure.figure', (all) => all.map((figure) => ({
  id: figure.id,
  marks: figure.querySelectorAll('.live .role-mark path, .live .role-mark line').length,
  drawn: figure.querySelectorAll('.drawing svg :is([class], rect)').length,
  rows: figure.querySelectorAll('details tbody tr').length,
  caption: figure.querySelector('figcaption')?.textContent ?? '',
})));

for (const [name, options] of Object.entries(commands)) {
  test(`${name}: offline, no complaint, marks in every figure, an audit without serious findings`, { skip }, async () => {
    const file = makePage(options);
    assert.ok(statSync(file).size < largest, `${statSync(file).size} bytes`);
    const { page, context, complaints } = await open(file);
    for (const [look, settings] of Object.entries(looks)) {
      await wear(page, settings);
      const figures = await figuresOf(page);
      assert.ok(figures.length > 0);
      for (const figure of figures) {
        assert.ok(figure.marks > 0, `${figure.id} has no marks`);
        assert.ok(figure.drawn > 0 && figure.rows > 0 && figure.caption.length > 30, figure.id);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${look}: ${wide} pixels wider than the screen`);
      if (process.env.ADAMSDE_SCREENSHOTS) {
        await page.screenshot({ path: join(process.env.ADAMSDE_SCREENSHOTS, `${name}-${look}.png`), fullPage: true });
      }
      assert.deepEqual(await audit(page, look === 'desktop' || exhaustive ? undefined : ofTheLook), [], look);
      assert.deepEqual(complaints, [], look);
    }
    await context.close();
  });
}

const shown = (page, name) => page.$eval(`#live-${name}`, (output) => Number(output.dataset.value));

/** What the program says to the command that the page offers. */
function ask(command) {
  const line = command.replace(/^adamsde /, `'${program}' `);
  return JSON.parse(execFileSync('/bin/sh', ['-c', `${line} --json`], { encoding: 'utf8' }));
}

async function expectAgreement(page, what) {
  const command = await page.textContent('#live-command');
  const { bound } = ask(command);
  const pairs = [['err', bound.derived.err], ['kl', bound.kl], ['phi-derived', bound.derived.phi],
    ['phi-printed', bound.printed.phi], ['phi-literal', bound.literal.phi]];
  for (const [name, value] of pairs) {
    const here = await shown(page, name);
    assert.ok(Math.abs(here - value) <= 1e-9 * Math.abs(value), `${what}: ${name} is ${here}, ${command} says ${value}`);
  }
  return command;
}

const sweeps = {
  adamw: ['sweep', '--points', '21'],
  'minibatch preconditioner, minimizer as mean': ['sweep', '--points', '21', '--preconditioner', 'minibatch', '--posterior-mean', 'minimizer'],
  'l2-adam, identity': ['sweep', '--points', '21', '--optimizer', 'l2-adam', '--preconditioner', 'identity'],
  'l2-adam, rotating': ['sweep', '--points', '21', '--optimizer', 'l2-adam', '--preconditioner', 'minibatch'],
  'l2-adam, rotating, noise of its own': ['sweep', '--points', '21', '--optimizer', 'l2-adam', '--hessian', 'FOLDER/H.csv',
    '--gradient-noise', 'FOLDER/C.csv', '--minimizer', 'FOLDER/x.csv'],
  'data, with their own noise': ['sweep', '--points', '21', '--problem', 'longley', '--gradient-noise', 'empirical'],
};

for (const [what, options] of Object.entries(sweeps)) {
  test(`knobs of a sweep agree with adamsde bound: ${what}`, { skip }, async () => {
    const { page, context, complaints } = await open(makePage(options));
    const first = await expectAgreement(page, 'as swept');
    for (const [option, position] of [['weight-decay', 830], ['learning-rate', 310], ['batch-size', 690],
      ['prior-variance', 270], ['num-samples', 600], ['failure-probability', 400]]) {
      const slider = page.locator(`#knob-${option}`);
      if (await slider.isDisabled()) continue;
      const before = await shown(page, 'phi-derived');
      await slider.fill(String(position));
      assert.notEqual(await shown(page, 'phi-derived'), before, option);
    }
    const moved = await expectAgreement(page, 'moved');
    assert.notEqual(moved, first);
    await page.fill('#value-prior-variance', '0.125');
    await page.locator('#value-prior-variance').blur();
    assert.match(await expectAgreement(page, 'typed'), /--prior-variance 0\.125/);
    await page.fill('#value-prior-variance', '-1');
    await page.locator('#value-prior-variance').blur();
    assert.equal(await page.getAttribute('#value-prior-variance', 'aria-invalid'), 'true');
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test('knobs of a spectrum agree with adamsde bound', { skip }, async () => {
  const spectrum = join(folder, 'spectrum.txt');
  writeFileSync(spectrum, 'eig,weight\n0.001,0.2\n0.03,0.3\n1,0.25\n40,0.25\n');
  const { page, context, complaints } = await open(
    makePage(['sweep', '--points', '21', '--spectrum', spectrum, '--dimension', '1000', '--learning-rate', '0.01']));
  for (const [option, position] of [['weight-decay', 700], ['learning-rate', 310], ['batch-size', 690], ['prior-variance', 270]]) {
    await page.locator(`#knob-${option}`).fill(String(position));
    const command = await page.textContent('#live-command');
    const { corollary3 } = ask(command);
    for (const [name, value] of [['err-adamw', corollary3.adamw.err], ['err-l2-adam', corollary3.l2_adam.err],
      ['err-per-parameter-adamw', corollary3.adamw.err_per_parameter]]) {
      const here = await shown(page, name);
      assert.ok(Math.abs(here - value) <= 1e-9 * Math.abs(value), `${name} is ${here}, ${command} says ${value}`);
    }
  }
  assert.equal(await page.locator('#knob-num-samples').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('eigenvalues of the posterior are those of the saved covariance', { skip }, async () => {
  const { page, context } = await open(makePage(sweeps.adamw));
  const command = (await page.textContent('#live-command')).replace('adamsde bound', 'adamsde posterior');
  const { stationary } = ask(command);
  await page.waitForFunction(() => document.querySelector('#live-largest')?.dataset.value);
  const logDet = await shown(page, 'log-det');
  assert.ok(Math.abs(logDet - stationary.log_det) <= 1e-9 * Math.abs(stationary.log_det));
  assert.ok(await shown(page, 'largest') < stationary.trace);
  assert.ok(await shown(page, 'smallest') > 0);
  await context.close();
});

test('by keyboard alone: skip link, folds, sliders, the copied command', { skip }, async () => {
  const { page, context } = await open(makePage(sweeps.adamw));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
  const reached = [];
  for (let k = 0; k < 120; ++k) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      return { id: e.id, tag: e.tagName, outlined: getComputedStyle(e).outlineStyle !== 'none' };
    });
    if (at.tag === 'BODY') break;
    assert.ok(at.outlined, `${at.tag} ${at.id}: focus is not seen`);
    reached.push(at.id || at.tag);
  }
  const folds = await page.$$eval('summary', (all) => all.length);
  assert.equal(reached.filter((tag) => tag === 'SUMMARY').length, folds);
  for (const id of ['knob-weight-decay', 'value-weight-decay', 'knob-failure-probability', 'copy-command']) {
    assert.ok(reached.includes(id), id);
  }
  const before = await page.textContent('#live-command');
  await page.focus('#knob-weight-decay');
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await page.textContent('#live-command'), before);
  await page.focus('#copy-command');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent);
  await context.close();
});

test('without the script the pictures and tables are there', { skip }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
  const page = await context.newPage();
  await page.goto(pathToFileURL(makePage(sweeps.adamw)).href);
  assert.ok(await page.locator('.drawing svg').first().isVisible());
  assert.ok(!(await page.locator('.live').first().isVisible()));
  await context.close();
});
