import { fold, fromArray, key, readSync, uniformNumbers, type Shape, type Tensor } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { PerPlane, Two } from '../../src/index.ts';
import type { Host, NaiveWindow } from './naive.ts';

/** Rounding of float64 in sums of a few thousand terms, of the largest element. */
const tolerance = 1e-12;

/** A geometry of odd kernels on both planes: images that a window may hang over, paddings that may crop. */
export interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: PerPlane<Two>;
  readonly kernel: PerPlane<Two>;
  readonly stride: PerPlane<Two>;
  readonly padding: PerPlane<Two>;
  readonly seed: number;
}

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

const axis: fc.Arbitrary<Axis> = fc
  .record({
    size: fc.integer({ min: 1, max: 6 }),
    kernel: fc.constantFrom(1, 3, 3, 5),
    stride: fc.constantFrom(1, 1, 2, 3),
    padding: fc.integer({ min: -1, max: 2 }),
  })
  .filter(({ size, kernel, padding }) => size + 2 * padding >= kernel);

export const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    batch: fc.constantFrom(1, 2),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    axes: fc.tuple(axis, axis, axis, axis),
    seed: fc.nat({ max: 9999 }),
  })
  .map(({ axes: [hq, wq, hs, ws], ...rest }) => {
    const of = (name: keyof Axis): PerPlane<Two> => ({ query: [hq[name], wq[name]], support: [hs[name], ws[name]] });
    return { ...rest, size: of('size'), kernel: of('kernel'), stride: of('stride'), padding: of('padding') };
  })
  // The plain loops take all products one by one.
  .filter(({ batch, channels, outputs, size, kernel }) => {
    const counts = [...size.query, ...size.support, ...kernel.query, ...kernel.support];
    return counts.reduce((product, count) => product * count, batch * channels * outputs) < 100_000;
  });

/** Numbers in [−1, 1) by a geometry's seed. */
export function values(seed: number, stream: number, shape: Shape): Host {
  return { shape, data: Array.from(uniformNumbers(fold(key(seed), stream), sizeOf(shape)), (u) => 2 * u - 1) };
}

/** A host tensor in float64, on the reference backend: what is left of a difference is a fault. */
export function tensor64<const S extends Shape>(host: Host, shape: S): Tensor<S, 'float64'> {
  return fromArray(Float64Array.from(host.data), shape);
}

export function naiveWindow({ stride, padding }: Pick<Geometry, 'stride' | 'padding'>): NaiveWindow {
  return { stride: [...stride.query, ...stride.support], padding: [...padding.query, ...padding.support] };
}

export function hostOf(tensor: Tensor): Host {
  return { shape: tensor.shape, data: Array.from(readSync(tensor)) };
}

/** Holds a tensor against numbers of the same shape. */
export function expectClose(actual: Tensor | Host, expected: Tensor | Host): void {
  const [a, b] = [actual, expected].map((either) => ('data' in either ? either : hostOf(either)));
  expect(a?.shape).toEqual(b?.shape);
  const largest = Math.max(1, ...(b?.data ?? []).map(Math.abs));
  const differences = (b?.data ?? []).map((value, i) => Math.abs(value - (a?.data[i] ?? NaN)));
  // Written this way round, NaN is a difference too.
  expect(differences.every((difference) => difference <= tolerance * largest)).toBe(true);
}
