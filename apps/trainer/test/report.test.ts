import { expect, test } from 'vitest';
import { lineChart, smoothed } from '../src/report/chart.ts';
import { html } from '../src/report/html.ts';
import { renderReport, type ReportContent } from '../src/report/report.ts';

const hostile = `<img src=x onerror="alert('1')">&`;
const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;';
const square = { width: 4, height: 4, data: new Uint8Array(48).fill(90) };
const mask = { width: 4, height: 4, data: Uint8Array.from({ length: 16 }, (_, i) => i % 2) };

const content: ReportContent = {
  title: hostile,
  figures: [[hostile, hostile]],
  protocol: hostile,
  steps: [0.7, 0.5, 0.3].map((loss, i) => ({ kind: 'step', step: i + 1, epoch: 1, loss, seconds: 1 })),
  epochs: [1, 2].map((epoch) => ({ kind: 'epoch', epoch, step: 3 * epoch, loss: 0.5, val_miou: 40, val_fb_iou: 60, best: true })),
  classes: [{ name: hostile, iou: 51.24, episodes: 3 }],
  baselines: [{ name: hostile, miou: 20, fb_iou: 30, setting: hostile }],
  examples: [{ caption: hostile, support: { image: square, mask }, query: square, truth: mask, prediction: mask }],
  configuration: { [hostile]: hostile, list: [hostile], number: 3 },
};

test('whatever is put into a template is escaped, in text and in attributes', () => {
  expect(html`<p title="${hostile}">${hostile}${html`<b>${1}</b>`}${[html`<i></i>`]}${undefined}</p>`.text).toBe(
    `<p title="${escaped}">${escaped}<b>1</b><i></i></p>`,
  );
});

test('no name reaches the page unescaped, and nothing is loaded from elsewhere', () => {
  const page = renderReport(content);
  expect(page).not.toContain('<img src=x');
  expect(page.split(escaped).length - 1).toBe(12);
  expect(page).not.toMatch(/<script|<link|https?:/);
  for (const [, url] of page.matchAll(/(?:src|href)="([^"]*)"/g)) expect(url).toMatch(/^data:image\/png;base64,/);
});

test('shows figures, curves, classes, baselines, the four pictures and the configuration', () => {
  const page = renderReport({ ...content, title: 'a run' });
  for (const heading of ['Training', 'Beside the baselines', 'Classes', 'Examples', 'Configuration']) expect(page).toContain(`<h2>${heading}</h2>`);
  expect(page).toContain('51.2');
  for (const name of ['support', 'query', 'truth', 'prediction']) expect(page).toContain(`<img alt="${name}"`);
  expect(page.match(/<svg/g)).toHaveLength(2);
});

test('what there is nothing of has no heading', () => {
  const page = renderReport({ ...content, steps: [], epochs: [], baselines: [], examples: [], classes: [] });
  expect([...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading)).toEqual(['Configuration']);
});

test('a curve runs through its points, from the left to the right of the axes', () => {
  const { text } = lineChart({ title: 't', xLabel: 'x', series: [{ name: 'a', points: [[0, 0], [5, 10]] }] });
  expect(text).toContain('<polyline points="52,220 548,12"');
  expect([...text.matchAll(/text-anchor="end">([^<]*)/g)].map(([, tick]) => tick)).toEqual(['0', '2', '4', '6', '8', '10']);
});

test('smoothing is the mean of the last values', () => {
  expect(smoothed([[1, 2], [2, 4], [3, 9]], 2)).toEqual([[1, 2], [2, 3], [3, 6.5]]);
});
