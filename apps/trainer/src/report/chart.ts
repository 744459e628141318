import { html, type Html } from './html.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thin and pale: the raw values behind a smoothed curve. */
  readonly faint?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
}

const width = 560;
const height = 260;
const margin = { left: 52, right: 12, top: 12, bottom: 40 } as const;
/** Told apart by the colour-blind too (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#b8a900'] as const;

/** Curves over one axis, as an inline SVG. */
export function lineChart({ title, xLabel, series }: ChartOptions): Html {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return html``;
  const [xTicks, yTicks] = ([0, 1] as const).map((axis) => ticks(points.map((point) => point[axis]))) as [number[], number[]];
  const x = scale(xTicks, margin.left, width - margin.right);
  const y = scale(yTicks, height - margin.bottom, margin.top);
  const right = width - margin.right;
  return html`<figure><figcaption>${title}${legend(series)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${yTicks.map((tick) => html`<line class="grid" x1="${margin.left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${margin.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`)}
${xTicks.map((tick) => html`<text x="${x(tick)}" y="${height - margin.bottom + 16}" text-anchor="middle">${tick}</text>`)}
<text x="${(margin.left + right) / 2}" y="${height - 6}" text-anchor="middle">${xLabel}</text>
${series.map((each, i) => curve(each, i, x, y))}
</svg></figure>`;
}

type Scale = (value: number) => number;

function curve({ points, faint = false }: Series, index: number, x: Scale, y: Scale): Html {
  const path = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
  const [first] = points;
  // A single point makes no line.
  if (points.length === 1 && first !== undefined) return html`<circle cx="${x(first[0])}" cy="${y(first[1])}" r="3" fill="${colourOf(index)}"/>`;
  return html`<polyline points="${path}" fill="none" stroke="${colourOf(index)}" stroke-width="${faint ? 1 : 2}" opacity="${faint ? 0.3 : 1}"/>`;
}

function legend(series: readonly Series[]): Html[] {
  if (series.length < 2) return [];
  return series.map(({ name, faint = false }, i) => html` <span style="color:${colourOf(i)};opacity:${faint ? 0.5 : 1}">▬ ${name}</span>`);
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? 'currentColor';
}

function scale(range: readonly number[], from: number, to: number): Scale {
  const [low = 0, high = 1] = [range[0], range.at(-1)];
  return (value) => Number((from + ((value - low) / (high - low || 1)) * (to - from)).toFixed(2));
}

/** Round numbers around the values, about five steps of 1, 2 or 5 times a power of ten; whole numbers for whole numbers. */
function ticks(values: readonly number[]): number[] {
  // A long run has more steps than a call takes arguments.
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
export function smoothed(points: Series['points'], window: number): Series['points'] {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? (points[i - window]?.[1] ?? 0) : 0);
    return [x, sum / Math.min(i + 1, window)] as const;
  });
}
