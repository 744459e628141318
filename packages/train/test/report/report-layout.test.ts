import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumFlags, findChromium } from '../../../../tests/suite/support/chromium.ts';
import type { RecordedRun } from '../../src/compare/recorded-run.ts';
import { renderComparison } from '../../src/compare/comparison-report.ts';
import { renderReport } from '../../src/report/report.ts';

let browser: Browser;
let tab: Page;
beforeAll(async () => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found (CHROMIUM_PATH, PATH)');
  browser = await chromium.launch({ executablePath, args: chromiumFlags });
  tab = await browser.newPage();
});
afterAll(() => browser.close());

const steps = Array.from(
  { length: 60 },
  (_, i) => ({ kind: 'step', step: i + 1, epoch: 1, loss: 1 / (i + 1), seconds: 1 }) as const,
);
const epochs = [1, 2].map(
  (epoch) =>
    ({ kind: 'epoch', epoch, step: 30 * epoch, loss: 0.5, figures: { miou: 40, fb_iou: 60 }, best: true }) as const,
);

const report = renderReport({
  title: 'Training on 3 classes of folder data',
  protocol: 'as usual',
  figures: [['validation mIoU', '51.2']],
  steps,
  epochs,
  labels: { miou: 'mIoU', fb_iou: 'FB-IoU' },
  cards: [
    {
      kind: 'table',
      title: 'Beside the baselines',
      columns: [
        { title: '' },
        { title: 'mIoU', kind: 'number', digits: 1 },
        { title: 'FB-IoU', kind: 'number', digits: 1 },
        { title: '' },
      ],
      rows: [
        ['HSNet', 51.2, 70, 'this model'],
        ['everything foreground', 20, 30, 'threshold 0.4, chosen in hindsight'],
      ],
      own: 0,
    },
    {
      kind: 'table',
      title: 'Classes',
      columns: [
        { title: 'class' },
        { title: 'episodes', kind: 'number' },
        { title: 'IoU', kind: 'number', digits: 1 },
        { title: '', kind: 'bar' },
      ],
      rows: ['bar', 'crème brûlée and other desserts', 'a-name-of-forty-letters-without-any-space'].map((name, i) => [
        name,
        1200,
        90 - i,
        90 - i,
      ]),
    },
  ],
  configuration: { data: '/home/somebody/data/photographs-of-desserts', size: 400 },
});

const runs: RecordedRun[] = ['one-shot', 'augmented', 'five-shot'].map((name, i) => ({
  folder: `/home/somebody/runs/${name}`,
  steps,
  epochs,
  best: epochs[1],
  seconds: 100,
  settings: { shots: i, augment: ['flip', 'crop'], data: `/home/somebody/data/photographs-${i}` },
}));
const comparison = renderComparison(runs, ['shots', 'augment', 'data'], { miou: 'mIoU', fb_iou: 'FB-IoU' });

const pages = [
  ['report', report],
  ['comparison', comparison],
] as const;

test.each(pages)(
  'a %s fits a telephone as well as a large screen, its names and its letters legible',
  async (_, html) => {
    await tab.setContent(html);
    const heights = new Set<number>();
    for (const width of [390, 1280]) {
      await tab.setViewportSize({ width, height: 800 });
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const names = await tab
        .locator('.wide td:first-child')
        .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
      expect(names.length).toBeGreaterThan(0);
      // About fifteen letters a line.
      for (const name of names) expect(name).toBeGreaterThan(115);
      for (const height of await tab
        .locator('.chart text')
        .evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().height)))
        heights.add(Math.round(height));
      const apart = await tab.locator('.key').evaluateAll((keys) =>
        keys.map((key) => {
          const [swatch, name] = [...key.children].map((child) => child.getBoundingClientRect());
          return (
            swatch === undefined ||
            name === undefined ||
            swatch.right > name.left ||
            swatch.top < name.top ||
            swatch.bottom > name.bottom
          );
        }),
      );
      expect(apart).toEqual(Array.from({ length: html === report ? 4 : 9 }, () => false));
    }
    expect([...heights]).toHaveLength(1);
  },
);

/** WCAG's contrast of a colour laid over a background, both as they are computed. */
const contrast = `(element) => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + [0.2126, 0.7152, 0.0722][i] * value, 0);
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.background = 'Canvas';
  const back = channels(getComputedStyle(probe).backgroundColor).slice(0, 3);
  const { stroke, strokeOpacity, opacity } = getComputedStyle(element);
  const share = strokeOpacity * opacity;
  const front = channels(stroke).slice(0, 3).map((value, i) => share * value + (1 - share) * back[i]);
  const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}`;

test.each(['light', 'dark'] as const)('the curves of a report stand out from a %s page', async (colorScheme) => {
  await tab.emulateMedia({ colorScheme });
  await tab.setContent(report);
  const found = await tab.evaluate<number[]>(`[...document.querySelectorAll('.chart polyline')].map(${contrast})`);
  expect(found).toHaveLength(4);
  // WCAG asks for 3 of what has to be seen; the raw values behind a smoothed curve may stand back a little.
  for (const each of found) expect(each).toBeGreaterThan(2.5);
});
