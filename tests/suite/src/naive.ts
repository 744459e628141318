import { readSync, scope, type Shape } from '@hypercorr/tensor';
import { hostArray, sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { OpCase } from './case.ts';
import { difference } from './compare.ts';
import { reference } from './engines.ts';
import { upload, type HostTensor } from './host.ts';

const seed = 20_240_612;
/** Rounding of float64 in sums of a few hundred terms, of the largest element. */
const rounding64 = 1e-13;
/** Elements of an input at most: the loops over reductions take the square of it. */
const maxSize = 300;

/** Reads an element by its index; an input that broadcasts ignores axes in front and has size 1 elsewhere. */
export type Read = (input: string, index: Shape) => number;

/** The element of the result at `index`; `sizes` are those of the inputs. */
export type Element<G> = (read: Read, index: Shape, geometry: G, shapeOf: (input: string) => Shape) => number;

function elementAt({ shape, values }: HostTensor, index: Shape): number {
  const aligned = index.slice(index.length - shape.length);
  const position = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : (aligned[axis] ?? NaN)), 0);
  return values[position] ?? NaN;
}

/** All indices of a shape, in row-major order. */
export function* indices(shape: Shape): Generator<Shape> {
  const [size, ...rest] = shape;
  if (size === undefined) yield [];
  else for (let i = 0; i < size; i += 1) for (const inner of indices(rest)) yield [i, ...inner];
}

/** Holds the reference backend against a loop that computes one element at a time, on random draws of a case. */
export function holds<G>(testCase: OpCase<G>, element: Element<G>): void {
  fc.assert(
    fc.property(testCase.samples, (sample) => {
      const draw = testCase.draw(sample, 'everywhere');
      fc.pre(Object.values(draw.inputs).every(({ shape }) => sizeOf(shape) <= maxSize));
      const actual = scope(() => {
        const y = draw.run(
          Object.fromEntries(
            Object.entries(draw.inputs).map(([name, host]) => [name, upload(host, reference, 'float64')]),
          ),
        );
        return { shape: y.shape, dtype: y.dtype, data: readSync(y) };
      });
      const host = (input: string): HostTensor => draw.inputs[input] ?? { shape: [], kind: 'float', values: [] };
      const read: Read = (input, index) => elementAt(host(input), index);
      const data = hostArray(actual.dtype, actual.data.length);
      data.set(
        [...indices(actual.shape)].map((index) =>
          Number(element(read, index, sample.geometry, (input) => host(input).shape)),
        ),
      );
      expect(difference({ ...actual, data }, actual, rounding64)).toBeUndefined();
    }),
    { seed, numRuns: 40 },
  );
}
