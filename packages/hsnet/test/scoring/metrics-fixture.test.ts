import { readFileSync } from 'node:fs';
import { fromArray, readSync, scope } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { fillerValues } from '../../../nn/test/support/filler.ts';
import { SegmentationScore, combineShots, overlapOf, type Overlap, type OverlapCounts } from '../../src/index.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';

type Row = readonly [intersection: number, union: number];
type Rows = readonly [background: Row, foreground: Row];

interface Fixture {
  readonly episodes: readonly Rows[];
  readonly classes: Readonly<Record<string, Rows>>;
  readonly miou: number;
  readonly fb_iou: number;
}

const fixture = JSON.parse(
  readFileSync(new URL('../../../../fixtures/metrics.json', import.meta.url), 'utf8'),
) as Fixture;

/** As fixtures/metrics.py makes it. */
function episode(e: number) {
  const [height, width, shots] = [11 + (e % 13), 9 + (e % 17), e % 2 === 0 ? 1 : 5];
  const pixels = height * width;
  const logits = Array.from({ length: shots }, (_, k) => {
    const values = fillerValues(`metrics/${e}/${k}`, 2 * pixels);
    return e % 10 === 4 ? values.map((value, i) => (i < pixels ? value : Math.fround(value - 3))) : values;
  });
  const truth = Uint8Array.from(fillerValues(`metrics/${e}/truth`, pixels), (t) => {
    if (e % 50 === 7 || (e % 9 !== 2 && t < Math.fround(-0.7))) return 255;
    return Number(t > Math.fround(0.2));
  });
  return { classId: 3 * (e % 4), height, width, logits, truth };
}

const rowOf = ({ intersection, union }: Overlap): Row => [intersection, union];
const rowsOf = ({ background, foreground }: OverlapCounts): Rows => [rowOf(background), rowOf(foreground)];

describe.each(['reference', 'wasm'] as const)('200 episodes with void pixels on %s', (backend) => {
  const engine = useEngine(backend);

  test('count as PyTorch counts them, one shot and five', () => {
    const score = new SegmentationScore();
    const counted = fixture.episodes.map((_, e) => {
      const { classId, height, width, logits, truth } = episode(e);
      const prediction = scope(() => {
        const maps = logits.map((values) => fromArray(values, [1, 2, height, width], { engine: engine() }));
        return Uint8Array.from(readSync(combineShots(maps, [height, width]).mask));
      });
      score.add(classId, prediction, truth);
      return rowsOf(overlapOf(prediction, truth));
    });
    expect(counted).toEqual(fixture.episodes);
    expect(
      Object.fromEntries(score.classes().map(({ id, intersection, union }) => [id, [intersection, union]])),
    ).toEqual(Object.fromEntries(Object.entries(fixture.classes).map(([id, [, foreground]]) => [id, foreground])));
    // Means of the same counts, in double precision: the order of two sums differs.
    expect(score.miou).toBeCloseTo(fixture.miou, 11);
    expect(score.fbIou).toBeCloseTo(fixture.fb_iou, 11);
  });
});
