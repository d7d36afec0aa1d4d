// Colours of the figures, read from the page's style sheet, so that both follow the reader's light or dark.

import embed from 'vega-embed';

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const isDark = () => matchMedia('(prefers-color-scheme: dark)').matches;

/**
 * Embeds a specification; its menu gets a name for screen readers.
 * @param {HTMLElement} place
 * @param {object} specification
 */
export async function draw(place, specification) {
  const result = await embed(place, /** @type {any} */ (specification), embedOptions());
  place.querySelector('summary')?.setAttribute('aria-label', 'Save this figure');
  return result;
}

/** @returns {import('vega-embed').EmbedOptions} */
function embedOptions() {
  const ink = colour('--ink');
  const soft = colour('--soft');
  const text = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' };
  const dark = isDark();
  return {
    ast: true,
    renderer: 'svg',
    actions: { export: true, source: false, compiled: false, editor: false },
    tooltip: { theme: dark ? 'dark' : 'light' },
    config: /** @type {any} */ ({
      background: 'transparent',
      autosize: { type: 'fit-x', contains: 'padding' },
      view: { stroke: null },
      // To a screen reader a figure is its description; mark by mark, the table behind it reads better.
      mark: { aria: false },
      axis: { ...text, gridColor: colour('--line'), gridOpacity: 0.6, domainColor: soft, tickColor: soft, tickCount: 6 },
      legend: { ...text, orient: 'top', columns: innerWidth < 560 ? 1 : 3, labelLimit: Math.min(420, innerWidth - 110) },
      range: {
        category: [0, 1, 2, 3, 4, 5].map((k) => colour(`--t${k}`)),
        symbol: ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'],
        // Blue and red with a middle that is the page's own ground.
        diverging: dark ? ['#7db4f0', '#2a2e33', '#f2a07b'] : ['#21549c', '#f4f4f0', '#ac3a1e'],
        heatmap: dark ? ['#20262c', '#7db4f0'] : ['#f4f4f0', '#21549c'],
      },
    }),
  };
}
