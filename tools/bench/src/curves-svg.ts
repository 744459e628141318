/** A measured point of a curve: the time of a prediction, and its number of multiply-adds. */
export interface CurvePoint {
  readonly curve: 'size' | 'shots';
  /** Height and width of the images. */
  readonly size: number;
  readonly shots: number;
  readonly threads: number;
  readonly median_ms: number;
  /** Multiply-adds by the definition: every tap and every support position counts. */
  readonly multiply_adds: number;
  readonly peak_rss_mb: number;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly left: number;
  readonly x: Scale;
  /** The scale of seconds. */
  readonly y: Scale;
  readonly points: readonly CurvePoint[];
  readonly xOf: (point: CurvePoint) => number;
}

const [width, height] = [940, 400];
const [panelWidth, top, bottom] = [340, 64, 330];

/**
 * Both curves as an SVG: seconds on the left axis, multiply-adds on the right axis. The right axis is shifted so that
 * the line of multiply-adds passes through the first time of one thread. If times grow in proportion to the work, the
 * lines are parallel.
 */
export function curvesSvg(points: readonly CurvePoint[], caption: string): string {
  const bySize = points.filter(({ curve }) => curve === 'size');
  const byShots = points.filter(({ curve }) => curve === 'shots');
  const heights = (of: readonly CurvePoint[]) => [
    ...of.map(({ median_ms }) => median_ms / 1e3),
    ...of.map(({ multiply_adds }) => multiply_adds / workASecond(of)),
  ];
  const panels: readonly Panel[] = [
    {
      title: 'one shot, by the images’ size',
      xLabel: 'pixels a side (logarithmic)',
      left: 60,
      points: bySize,
      xOf: ({ size }) => size,
      x: logScale(
        bySize.map(({ size }) => size),
        60,
        60 + panelWidth,
      ),
      y: logScale(aroundLog(heights(bySize)), bottom, top),
    },
    {
      title: '400×400, by the number of shots',
      xLabel: 'shots',
      left: 530,
      points: byShots,
      xOf: ({ shots }) => shots,
      x: linearScale(
        byShots.map(({ shots }) => shots),
        530,
        530 + panelWidth,
      ),
      y: linearScale([0, ...heights(byShots)], bottom, top),
    },
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12.5">`,
    '  <style>',
    '    .axis { stroke: #8c959f; fill: none } .grid { stroke: #d8dee4; fill: none } text { fill: #424a53 } .title { fill: #1f2328; font-weight: 600; font-size: 14px }',
    '    .threads-1 { stroke: #bc4c00; fill: #bc4c00 } .threads-2 { stroke: #0969da; fill: #0969da } .work { stroke: #57606a; fill: #57606a; stroke-dasharray: 5 4 }',
    '    polyline { fill: none !important; stroke-width: 1.8 } circle { stroke: none }',
    '  </style>',
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels.flatMap(drawPanel),
    ...legend(),
    `  <text x="60" y="${height - 8}">${escapeText(caption)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, xLabel, left, x, y, points, xOf }: Panel): string[] {
  const right = left + panelWidth;
  const one = points.filter(({ threads }) => threads === 1);
  const rate = workASecond(points);
  return [
    `  <text class="title" x="${left}" y="40">${title}</text>`,
    `  <text x="${left - 4}" y="${top - 8}" text-anchor="end">s</text><text x="${right + 36}" y="${top - 8}" text-anchor="end">multiply-adds</text>`,
    ...y.ticks.flatMap((tick) => [
      `  <path class="grid" d="M${left} ${round(y.at(tick))}H${right}"/>`,
      `  <text x="${left - 6}" y="${round(y.at(tick) + 4)}" text-anchor="end">${tick}</text>`,
      `  <text x="${right + 6}" y="${round(y.at(tick) + 4)}">${giga(tick * rate)}</text>`,
    ]),
    ...x.ticks.map((tick) => `  <text x="${round(x.at(tick))}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`),
    `  <text x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${xLabel}</text>`,
    `  <path class="axis" d="M${left} ${top}V${bottom}H${right}V${top}"/>`,
    line(
      'work',
      one.map((point) => [x.at(xOf(point)), y.at(point.multiply_adds / rate)]),
    ),
    ...[1, 2].map((threads) =>
      line(
        `threads-${threads}`,
        points
          .filter((point) => point.threads === threads)
          .map((point) => [x.at(xOf(point)), y.at(point.median_ms / 1e3)]),
      ),
    ),
  ];
}

/** Multiply-adds per second at the first point of one thread. The right axis is shifted by it. */
function workASecond(points: readonly CurvePoint[]): number {
  const first = points.find(({ threads }) => threads === 1);
  return first === undefined ? NaN : first.multiply_adds / (first.median_ms / 1e3);
}

function line(kind: string, places: readonly (readonly [x: number, y: number])[]): string {
  const dots =
    kind === 'work' ? '' : places.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3"/>`).join('');
  return `  <g class="${kind}"><polyline points="${places.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')}"/>${dots}</g>`;
}

function legend(): string[] {
  const entries = [
    ['threads-1', 'one thread'],
    ['threads-2', 'two threads'],
    ['work', 'multiply-adds'],
  ] as const;
  return entries.map(([kind, text], i) => {
    const x = 420 + 160 * i;
    return `  <g class="${kind}"><polyline points="${x},16 ${x + 28},16"/></g><text x="${x + 34}" y="20">${text}</text>`;
  });
}

function logScale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const at = (value: number): number => from + ((Math.log(value) - low) / (high - low)) * (to - from);
  const steps = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((digit) => Number(`${digit}e${power}`)),
  );
  const inside = steps.filter((value) => Math.log(value) >= low - 1e-9 && Math.log(value) <= high + 1e-9);
  // All ticks if they fit, otherwise 1, 2, 5 of each power of ten.
  const ticks = inside.length <= 9 ? inside : inside.filter((value) => /^[125]/.test(value.toExponential()));
  return { at, ticks };
}

/** The smallest and the largest value, with a margin on either side. */
function aroundLog(values: readonly number[]): readonly number[] {
  return [Math.min(...values) * 0.8, Math.max(...values) * 1.25];
}

function linearScale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((candidate) => (high - low) / candidate <= 9) ?? 100;
  const at = (value: number): number => from + ((value - low) / (high - low)) * (to - from);
  const first = Math.ceil(low / step);
  return {
    at,
    ticks: Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
      Number(((first + i) * step).toFixed(3)),
    ),
  };
}

function giga(count: number): string {
  const billions = count / 1e9;
  return `${billions >= 10 ? billions.toFixed(0) : billions.toFixed(1)} G`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
