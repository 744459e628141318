/**
 * pnpm bench curves [--size N]… [--shots N]… [--threads N]… [--runs N] [--json]
 *
 * Measures a prediction's time against its work: images of 200 to 800 pixels a side, 1 to 10 shots, one thread and two,
 * each in a process of its own. The work is the number of multiply-adds that `complexity` counts. Appends the points to
 * bench/results, and draws them as docs/curves.svg if all points were measured.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { complexity } from '@hypercorr/hsnet';
import { curvesSvg, type CurvePoint } from './curves-svg.ts';
import { environment, keepResults } from './environment.ts';
import { measureInTurns, timingOf } from './measure.ts';
import { positive } from './options.ts';
import { ownPeer } from './peers.ts';

const backbone = 'resnet50';
/** The image size of the curve over shots. */
const shotsSize = 400;

const { values } = parseArgs({
  options: {
    size: { type: 'string', multiple: true },
    shots: { type: 'string', multiple: true },
    threads: { type: 'string', multiple: true, default: ['1', '2'] },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const runs = positive('runs', values.runs);
const threadCounts = values.threads.map((text) => positive('threads', text));
const isWhole = values.size === undefined && values.shots === undefined;
const sizes = numbers('size', values.size, [200, 300, 400, 500, 600, 800]);
const shotCounts = numbers('shots', values.shots, [1, 2, 5, 10]);
const where = environment();

const points: CurvePoint[] = [];
for (const threads of threadCounts) {
  for (const size of sizes) points.push(await measure({ curve: 'size', size, shots: 1, threads }));
  for (const shots of shotCounts) points.push(await measure({ curve: 'shots', size: shotsSize, shots, threads }));
}
const results = points.map((point) => ({ ...point, runs, ...where }));
if (values.json) for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
const path = await keepResults('curves', results);
process.stderr.write(`appended to ${path}\n`);
if (isWhole) {
  const caption = `ResNet-50, a mask over a quarter of each support, plain SIMD, medians of ${runs}; ${where.machine}; commit ${where.commit}`;
  await writeFile(new URL('../../../docs/curves.svg', import.meta.url), curvesSvg(points, caption));
  process.stderr.write('drew docs/curves.svg\n');
}

type Setting = Pick<CurvePoint, 'curve' | 'size' | 'shots' | 'threads'>;

async function measure(setting: Setting): Promise<CurvePoint> {
  const { size, shots, threads } = setting;
  const peer = ownPeer(threads).start();
  try {
    const [times] = await measureInTurns([{ peer, caseName: `infer-${shots}shot.${backbone}.${size}` }], runs);
    if (times === undefined) throw new Error(`there is no prediction of ${shots} shots at ${size}`);
    const point = {
      ...setting,
      median_ms: timingOf(times).median_ms,
      multiply_adds: multiplyAddsOf(setting),
      peak_rss_mb: times.last.peak_rss_mb,
    };
    const work = `${(point.multiply_adds / 1e9).toFixed(1)} G multiply-adds`;
    process.stderr.write(
      `${size}×${size}, ${shots} shot(s), ${threads} thread(s): ${point.median_ms} ms, ${work}, ${point.peak_rss_mb} MB\n`,
    );
    return point;
  } finally {
    peer.close();
  }
}

/** The query's features once; then for each shot its features, its correlations and the learner. */
function multiplyAddsOf({ size, shots }: Setting): number {
  const { macs } = complexity({ backbone, size });
  return macs.backbone + shots * (macs.backbone + macs.correlation + macs.learner);
}

function numbers(name: string, given: readonly string[] | undefined, all: readonly number[]): readonly number[] {
  if (given !== undefined) return given.map((text) => positive(name, text));
  // If options ask for the other curve only, this curve is left out.
  return values.size === undefined && values.shots === undefined ? all : [];
}
