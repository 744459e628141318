import { fromArray, read, resizeBilinear, type Engine } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startEngine, stopEngine } from '../src/engines.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

interface Remnant {
  readonly size: number;
  readonly newSize: number;
  /** The new element. It would lie exactly on a neighbour of `from`. */
  readonly to: number;
  readonly from: number;
  /** What it takes of `from`, in PyTorch 1.13 on a CPU: `F.interpolate(torch.eye(size)[None, None], (size, newSize), mode="bilinear", align_corners=True)[0, 0, from, to]`. */
  readonly weight: number;
}

const remnants: readonly Remnant[] = [
  { size: 160, newSize: 10, to: 3, from: 52, weight: 1.9073486328125e-6 },
  { size: 160, newSize: 10, to: 9, from: 158, weight: 5.7220458984375e-6 },
  { size: 160, newSize: 20, to: 19, from: 158, weight: 8.58306884765625e-6 },
  { size: 400, newSize: 50, to: 7, from: 58, weight: 2.86102294921875e-6 },
  { size: 400, newSize: 50, to: 28, from: 229, weight: 1.1444091796875e-5 },
  { size: 400, newSize: 50, to: 42, from: 343, weight: 1.71661376953125e-5 },
  { size: 473, newSize: 15, to: 7, from: 237, weight: 7.62939453125e-6 },
  { size: 50, newSize: 100, to: 99, from: 48, weight: 4.76837158203125e-7 },
];

/** Of float32 below 1: what rounding the other element's weight makes out. */
const halfUnit = 2 ** -25;

describe('places of a resized axis are rounded as PyTorch rounds them', () => {
  test.each(remnants)(
    '$size → $newSize: element $to takes $weight of $from',
    async ({ size, newSize, to, from, weight }) => {
      const line = Float32Array.from({ length: size }, (_, i) => (i === from ? 1 : 0));
      for (const isRow of [false, true]) {
        const x = fromArray(line, isRow ? [1, 1, 1, size] : [1, 1, size, 1], { engine });
        const y = resizeBilinear(x, isRow ? [1, newSize] : [newSize, 1], { alignCorners: true });
        const values = await read(y);
        expect(Math.abs((values[to] ?? NaN) - weight)).toBeLessThanOrEqual(halfUnit);
        x.dispose();
        y.dispose();
      }
    },
  );
});
