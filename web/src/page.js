// Turns each figure's Vega-Lite specification into a live view in place of the SVG that the page comes with.
// Where anything fails, the SVG stays.

import { startKnobs } from './knobs.js';
import { draw, isDark } from './theme.js';

/** @param {HTMLElement} figure */
async function enliven(figure) {
  const specification = figure.querySelector('script.vega-lite');
  const place = /** @type {HTMLElement | null} */ (figure.querySelector('.live'));
  if (!specification?.textContent || !place) return;
  figure.classList.add('enlivened'); // first: a hidden place has no width
  try {
    await draw(place, JSON.parse(specification.textContent));
  } catch (error) {
    figure.classList.remove('enlivened');
    console.error(error);
  }
}

async function drawAll() {
  for (const figure of document.querySelectorAll('figure.figure')) {
    await enliven(/** @type {HTMLElement} */ (figure));
  }
}

async function start() {
  const ready = () => { document.documentElement.dataset.ready = isDark() ? 'dark' : 'light'; };
  await drawAll();
  const redrawKnobs = await startKnobs();
  ready();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', async () => {
    await drawAll();
    await redrawKnobs();
    ready();
  });
}

start();
