import { describe, expect, test } from 'vitest';
import { lineChart, smoothed } from '../../src/report/chart.ts';
import { html } from '../../src/report/html.ts';
import { renderReport, type ReportContent } from '../../src/report/report.ts';

const hostile = `<img src=x onerror="alert('1')">&`;
const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;';
const square = { width: 4, height: 4, data: new Uint8Array(48).fill(90) };
const mask = { width: 4, height: 4, data: Uint8Array.from({ length: 16 }, (_, i) => i % 2) };

const content: ReportContent = {
  title: hostile,
  figures: [[hostile, hostile]],
  protocol: hostile,
  steps: [0.7, 0.5, 0.3].map((loss, i) => ({ kind: 'step', step: i + 1, epoch: 1, loss, seconds: 1 })),
  epochs: [1, 2].map((epoch) => ({
    kind: 'epoch',
    epoch,
    step: 3 * epoch,
    loss: 0.5,
    figures: { [hostile]: 40, second: 60 },
    best: true,
  })),
  labels: { second: hostile },
  cards: [
    {
      kind: 'table',
      title: hostile,
      columns: [{ title: hostile }, { title: hostile, kind: 'number', digits: 1 }, { title: 'share', kind: 'bar' }],
      rows: [
        [hostile, 51.24, 51.24],
        ['other', 20, 20],
      ],
      own: 0,
    },
    {
      kind: 'pictures',
      title: hostile,
      pictures: [
        {
          name: hostile,
          caption: hostile,
          panels: [
            { title: hostile, detail: hostile, image: square, mask },
            { title: 'query', image: square },
            { title: 'nothing to see', image: undefined },
          ],
        },
      ],
    },
  ],
  configuration: { [hostile]: hostile, list: [hostile], number: 3 },
};

/** The sections' headings in order. */
const headingsOf = (page: string) => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);

test('whatever is put into a template is escaped, in text and in attributes', () => {
  expect(html`<p title="${hostile}">${hostile}${html`<b>${1}</b>`}${[html`<i></i>`]}${undefined}</p>`.text).toBe(
    `<p title="${escaped}">${escaped}<b>1</b><i></i></p>`,
  );
});

test('no name reaches the page unescaped, and nothing is loaded from elsewhere', () => {
  const page = renderReport(content);
  expect(page).not.toContain('<img src=x');
  expect(page.split(escaped).length - 1).toBe(20);
  expect(page).not.toMatch(/<script|<link|https?:/);
  for (const [, url] of page.matchAll(/(?:src|href)="([^"]*)"/g)) expect(url).toMatch(/^data:image\/png;base64,/);
});

test('shows figures, curves, tables, pictures and the configuration', () => {
  const page = renderReport({ ...content, title: 'a run', labels: { second: 'labelled' } });
  expect(headingsOf(page)).toEqual(['Training', escaped, escaped, 'Configuration']);
  expect(page.match(/<svg class="chart"/g)).toHaveLength(2);
  // A figure with a label is called by it, and another by its name.
  expect([...page.matchAll(/<span>([^<]*)<\/span><\/span>/g)].map(([, name]) => name)).toEqual([escaped, 'labelled']);
  expect(page).toContain(
    `<tr class="own"><td>${escaped}</td><td class="number">51.2</td><td class="bar"><i style="width:51.2%"></i></td></tr>` +
      '<tr><td>other</td><td class="number">20.0</td><td class="bar"><i style="width:20.0%"></i></td></tr>',
  );
  expect([...page.matchAll(/<img alt="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    `${escaped}, ${escaped}`,
    'query',
  ]);
  expect(page).toContain(`<tr><th>list</th><td>${escaped}</td></tr>`);
});

test('a loss that is too short to be smoothed is drawn once', () => {
  const page = renderReport(content);
  expect(page).not.toContain('mean of');
  expect(page.match(/<polyline/g)).toHaveLength(1 + 2);
  const steps = Array.from(
    { length: 60 },
    (_, i) => ({ kind: 'step', step: i + 1, epoch: 1, loss: 1 / (i + 1), seconds: 1 }) as const,
  );
  expect(renderReport({ ...content, steps })).toContain('mean of 3 steps');
});

test('what there is nothing of has no heading', () => {
  const cards = [
    { kind: 'table', title: 'Classes', columns: [{ title: 'class' }], rows: [] },
    { kind: 'pictures', title: 'Examples', pictures: [] },
  ] as const;
  const page = renderReport({ ...content, steps: [], epochs: [], cards });
  expect(headingsOf(page)).toEqual(['Configuration']);
});

test('a curve runs through its points, from the left to the right of the axes', () => {
  const { text } = lineChart({
    title: 't',
    xLabel: 'x',
    series: [
      {
        name: 'a',
        points: [
          [0, 0],
          [5, 10],
        ],
      },
    ],
  });
  expect(text).toContain('<polyline points="0,200 500,0"');
  expect([...text.matchAll(/text-anchor="end">([^<]*)/g)].map(([, tick]) => tick)).toEqual([
    '0',
    '2',
    '4',
    '6',
    '8',
    '10',
  ]);
});

describe('a curve of a long run', () => {
  // A wave, and a few values far from it.
  const steps = Array.from(
    { length: 100_000 },
    (_, i) =>
      ({
        kind: 'step',
        step: i + 1,
        epoch: 1,
        loss: i % 9973 === 0 ? 3 : 1 + Math.sin(i / 7) / 2,
        seconds: 1,
      }) as const,
  );
  const pointsOf = (points: readonly (readonly [number, number])[]): (readonly [number, number])[] => {
    const { text } = lineChart({ title: 't', xLabel: 'x', series: [{ name: 'a', points }] });
    return (/<polyline points="([^"]*)"/.exec(text)?.[1] ?? '')
      .split(' ')
      .map((pair) => pair.split(',').map(Number) as [number, number]);
  };
  const drawn = pointsOf(steps.map(({ step, loss }) => [step, loss]));

  test('takes no more space than can be seen', () => {
    expect(drawn.length).toBeLessThan(4 * 2 * 500);
    const empty = {
      title: 't',
      figures: [],
      protocol: 'p',
      epochs: [],
      cards: [],
      configuration: {},
    };
    expect(renderReport({ ...empty, steps }).length).toBeLessThan(150_000);
    // Half of the steps as well: it does not grow.
    expect(drawn.length).toBeLessThan(
      1.1 * pointsOf(steps.slice(0, 50_000).map(({ step, loss }) => [step, loss])).length,
    );
  });

  test('has the lowest and the highest value of each column of pixels, its ends, and its order', () => {
    // The axes are from 0 to 100,000 and from 0.5 to 3.
    const place = ({ step, loss }: { readonly step: number; readonly loss: number }) =>
      [(step / 100_000) * 500, 200 - ((loss - 0.5) / 2.5) * 200] as const;
    const byColumn = (points: readonly (readonly [number, number])[]): Map<number, number[]> => {
      const heights = new Map<number, number[]>();
      for (const [x, y] of points) {
        const at = Math.floor(2 * Number(x.toFixed(2)));
        heights.set(at, [...(heights.get(at) ?? []), y]);
      }
      return heights;
    };
    const [columns, shown] = [byColumn(steps.map(place)), byColumn(drawn)];
    expect([...shown.keys()]).toEqual([...columns.keys()]);
    for (const [at, heights] of columns) {
      const seen = shown.get(at) ?? [];
      for (const [found, expected] of [
        [Math.min(...seen), Math.min(...heights)],
        [Math.max(...seen), Math.max(...heights)],
        [seen[0], heights[0]],
        [seen.at(-1), heights.at(-1)],
      ] as const) {
        expect(found, `column ${at}`).toBeCloseTo(expected ?? Number.NaN, 1);
      }
    }
    expect(drawn).toEqual(drawn.toSorted(([a], [b]) => a - b));
  });

  test('a short one has all its points', () => {
    expect(pointsOf(steps.slice(0, 900).map(({ step, loss }) => [step, loss]))).toHaveLength(900);
  });
});

test('smoothing is the mean of the last values', () => {
  expect(
    smoothed(
      [
        [1, 2],
        [2, 4],
        [3, 9],
      ],
      2,
    ),
  ).toEqual([
    [1, 2],
    [2, 3],
    [3, 6.5],
  ]);
});
