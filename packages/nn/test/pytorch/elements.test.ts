import { FormatError } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusing } from '../../src/pytorch/format.ts';
import { elementsOf } from '../../src/pytorch/torch/elements.ts';
import { Storage } from '../../src/pytorch/torch/storage.ts';
import { reachOf, type View } from '../../src/pytorch/torch/tensor.ts';
import { elementBytes } from '../../src/safetensors/format.ts';

const refuse = refusing('a.pt');

/** Any view of a few elements, of records that begin anywhere. */
const views = fc
  .record({
    dtype: fc.constantFrom('U8', 'F16', 'F32', 'F64'),
    axes: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat({ max: 7 })), { maxLength: 5 }),
    offset: fc.nat({ max: 5 }),
    begin: fc.nat({ max: 9 }),
  })
  .map(({ dtype, axes, offset, begin }): View => {
    const [shape, strides] = [axes.map(([size]) => size), axes.map(([, stride]) => stride)];
    return {
      dtype,
      shape,
      strides,
      offset,
      storage: new Storage('0', dtype, begin, begin + (offset + reachOf({ shape, strides })) * elementBytes[dtype]),
    };
  });

/** Element by element, by the definition: Σ iₐ · strideₐ. */
function byDefinition({ dtype, storage, shape, strides, offset }: View, record: Uint8Array): number[] {
  const size = elementBytes[dtype];
  return Array.from({ length: sizeOf(shape) }, (_, element) => {
    let [rest, at] = [element, offset];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const length = shape[axis] ?? 1;
      at += (rest % length) * (strides[axis] ?? 0);
      rest = Math.floor(rest / length);
    }
    return [...record.subarray(storage.begin + at * size, storage.begin + (at + 1) * size)];
  }).flat();
}

test('views of any strides, of records that begin at any byte', () => {
  fc.assert(
    fc.property(views, fc.nat({ max: 9 }), (view, before) => {
      const record = Uint8Array.from({ length: before + view.storage.end }, (_, i) => i * 7).subarray(before);
      expect([...elementsOf(view, record, refuse)]).toEqual(byDefinition(view, record));
    }),
    { numRuns: 1000 },
  );
});

const seconds = (run: () => void): number => {
  const { user, system } = process.cpuUsage();
  run();
  const after = process.cpuUsage();
  return (after.user + after.system - user - system) / 1e6;
};

test('what lies between the elements costs nothing', () => {
  const record = new Uint8Array(40_000_004);
  const view: View = {
    dtype: 'F32',
    shape: [2],
    strides: [10_000_000],
    offset: 0,
    storage: new Storage('0', 'F32', 0, record.length),
  };
  expect(seconds(() => Array.from({ length: 1000 }, () => elementsOf(view, record, refuse)))).toBeLessThan(1);
});

test('axes of one element cost nothing', () => {
  const ones = Array.from({ length: 62 }, () => 1);
  const view: View = {
    dtype: 'U8',
    shape: [1_000_000, 2, ...ones],
    strides: [1, 1_000_000, ...ones],
    offset: 0,
    storage: new Storage('0', 'U8', 0, 2_000_000),
  };
  expect(seconds(() => elementsOf(view, new Uint8Array(2_000_000), refuse))).toBeLessThan(0.5);
});

test('more elements than memory holds are refused', () => {
  const view: View = {
    dtype: 'F32',
    shape: [2 ** 45],
    strides: [0],
    offset: 0,
    storage: new Storage('0', 'F32', 0, 4),
  };
  expect(() => elementsOf(view, new Uint8Array(4), refuse)).toThrow(FormatError);
  expect(() => elementsOf(view, new Uint8Array(4), refuse)).toThrow(
    'there is no memory for 140737488355328 bytes of it',
  );
});
