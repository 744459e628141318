import { html, type Html } from './html.ts';

type Points = readonly (readonly [x: number, y: number])[];

export interface Series {
  readonly name: string;
  /** Ordered by x. */
  readonly points: Points;
  /** Drawn thin and grey: the raw values behind a smoothed curve. */
  readonly faint?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
}

/** The size of the curves' drawing, in its own units. The page stretches the drawing to the space it has. */
const width = 500;
const height = 200;
/** Colours that colour-blind people can also tell apart (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#b8a900'] as const;

/**
 * Draws curves over one axis as an inline SVG. Points that no screen could tell apart are left out, which bounds the length of the SVG.
 * The axes' labels are placed by percent and keep their letter size; only the curves are stretched. The page's style gives height and margins.
 */
export function lineChart({ title, xLabel, series }: ChartOptions): Html {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return html``;
  const [xTicks, yTicks] = ([0, 1] as const).map((axis) => ticks(points.map((point) => point[axis]))) as [
    number[],
    number[],
  ];
  const x = scale(xTicks, 0, 100);
  const y = scale(yTicks, 100, 0);
  return html`<figure><figcaption>${title}${legend(series)}</figcaption>
<svg class="chart" role="img" aria-label="${title}">
${yTicks.map((tick) => html`<line class="grid" x1="0" x2="100%" y1="${y(tick)}%" y2="${y(tick)}%"/><text x="-8" y="${y(tick)}%" dy="4" text-anchor="end">${tick}</text>`)}
${xTicks.map((tick) => html`<text x="${x(tick)}%" y="100%" dy="16" text-anchor="middle">${tick}</text>`)}
<text x="50%" y="100%" dy="34" text-anchor="middle">${xLabel}</text>
<svg width="100%" height="100%" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${series.map((each, i) => curve(each, i, scale(xTicks, 0, width), scale(yTicks, height, 0)))}</svg>
${series.map((each, i) => singlePoint(each, i, x, y))}
</svg></figure>`;
}

type Scale = (value: number) => number;

function curve({ points, faint = false }: Series, index: number, x: Scale, y: Scale): Html {
  if (points.length < 2) return html``;
  const path = visible(points.map(([px, py]) => [x(px), y(py)]))
    .map(([px, py]) => `${px},${py}`)
    .join(' ');
  return html`<polyline points="${path}" fill="none" ${look(index, faint)} stroke-width="${faint ? 1 : 2}" vector-effect="non-scaling-stroke"/>`;
}

/** Draws a series of a single point as a circle, because one point makes no line. */
function singlePoint({ points, faint = false }: Series, index: number, x: Scale, y: Scale): Html {
  const [first] = points;
  if (points.length !== 1 || first === undefined) return html``;
  return html`<circle cx="${x(first[0])}%" cy="${y(first[1])}%" r="2" ${look(index, faint)} stroke-width="2" fill="none"/>`;
}

/** Columns of pixels in one unit of the drawing: about two on usual screens. */
const columnsPerUnit = 2;

/**
 * The points that suffice to draw the same line: the first, last, lowest and highest point of each column of pixels, in their order
 * (Jugel et al., *M4: A Visualization-Oriented Time Series Data Aggregation*, VLDB 2014).
 */
function visible(points: Points): Points {
  const columns: { first: number; last: number; low: number; high: number }[] = [];
  points.forEach(([px, py], i) => {
    const at = Math.floor(px * columnsPerUnit);
    const column = (columns[at] ??= { first: i, last: i, low: i, high: i });
    column.last = i;
    if (py < (points[column.low]?.[1] ?? py)) column.low = i;
    if (py > (points[column.high]?.[1] ?? py)) column.high = i;
  });
  const kept = new Set(
    columns.flatMap(({ first, low, high, last }) => [first, Math.min(low, high), Math.max(low, high), last]),
  );
  return points.filter((_, i) => kept.has(i));
}

function legend(series: readonly Series[]): Html[] {
  if (series.length < 2) return [];
  return series.map(
    ({ name, faint = false }, i) =>
      html` <span class="key"><svg width="18" height="4"><line x2="18" y1="2" y2="2" ${look(i, faint)} stroke-width="4"/></svg><span>${name}</span></span>`,
  );
}

/** Faint curves take the text's colour, half transparent, which is visible on light and dark pages. */
function look(index: number, faint: boolean): Html {
  return faint ? html`stroke="currentColor" stroke-opacity="0.4"` : html`stroke="${colours[index % colours.length]}"`;
}

function scale(range: readonly number[], from: number, to: number): Scale {
  const [low = 0, high = 1] = [range[0], range.at(-1)];
  return (value) => Number((from + ((value - low) / (high - low || 1)) * (to - from)).toFixed(2));
}

/** Round numbers around the values, in about five steps of 1, 2 or 5 times a power of ten. Whole values get whole numbers. */
function ticks(values: readonly number[]): number[] {
  // Math.min(...values) would fail: a long run has more steps than a call takes arguments.
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const rough = Math.max((high - low || Math.abs(high) || 1) / 5, values.every(Number.isInteger) ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
}

/** The mean of the last `window` values at each point. */
export function smoothed(points: Points, window: number): Points {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? (points[i - window]?.[1] ?? 0) : 0);
    return [x, sum / Math.min(i + 1, window)] as const;
  });
}
