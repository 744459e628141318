import { afterAll, describe, expect, it } from 'vitest';
import {
  DTypeError,
  Engine,
  ShapeError,
  adaptiveAvgPool2d,
  convTranspose2d,
  defaultEngine,
  fromArray,
  gridSample,
  key,
  layerNorm,
  normal,
  readSync,
  scope,
  zeros,
  type SamplePadding,
  type Shape,
  type Tensor,
} from '../../src/index.ts';
import { conv2dInputGradientOp, gridSampleGridGradientOp, run } from '../../src/op-entry.ts';
import { wasm } from '../../src/wasm.ts';

const wasmEngine = new Engine(await wasm({ threads: 1 })());
afterAll(() => wasmEngine.dispose());

const engines = [
  ['reference', defaultEngine()],
  ['wasm', wasmEngine],
] as const;

describe.each(engines)('on %s', (_, engine) => {
  const values = (x: Tensor): number[] => [...readSync(x)];

  it('convTranspose2d is what conv2d takes back', () => {
    scope(() => {
      const [y, weight] = [normal(key(1), [2, 4, 5, 6], { engine }), normal(key(2), [4, 3, 3, 2], { engine })];
      const window = { stride: [2, 3], padding: [1, 0], dilation: [1, 2] } as const;
      const back = run(conv2dInputGradientOp, { cotangent: y, weight }, { ...window, groups: 1, size: [10, 20] });
      const transposed = convTranspose2d(y, weight, { ...window, outputPadding: [1, 2] });
      expect(transposed.shape).toEqual(back.shape);
      expect(values(transposed)).toEqual(values(back));
    });
  });

  it('convTranspose2d says in its own words what does not fit', () => {
    scope(() => {
      const [x, weight]: [Tensor<Shape, 'float32'>, Tensor<Shape, 'float32'>] = [
        zeros([1, 4, 3, 3], { engine }),
        zeros([4, 2, 3, 3], { engine }),
      ];
      const refuses = (options: Parameters<typeof convTranspose2d>[2], message: string, input = x) =>
        expect(() => convTranspose2d(input, weight, options)).toThrow(new ShapeError('convTranspose2d', message));
      refuses({ outputPadding: 1 }, 'outputPadding [1,1] has to be less than the stride [1,1]');
      refuses({ stride: 2, outputPadding: [1, 2] }, 'outputPadding [1,2] has to be less than the stride [2,2]');
      refuses({ padding: 3 }, 'padding [3,3] leaves nothing of the result; got x [1,4,3,3], weight [4,2,3,3]');
      refuses({ stride: 0 }, 'stride [0,0] needs whole numbers from 1');
      refuses({ groups: 3 }, '3 groups do not divide 4 channels; got x [1,4,3,3], weight [4,2,3,3]');
      refuses({ bias: zeros([3], { engine }) }, 'bias has shape [3], expected [2]');
      refuses({}, 'x [1,4,0,3] has no pixels', zeros([1, 4, 0, 3], { engine }));
      const labels = zeros([1, 4, 3, 3], { dtype: 'int32', engine });
      expect(() => convTranspose2d(labels as Tensor as typeof x, weight)).toThrow(
        new DTypeError('convTranspose2d', 'takes float32 or float64 tensors, got int32; cast it first'),
      );
    });
  });

  it('gridSample takes NaN for −1, and finds nothing far outside but the border', () => {
    scope(() => {
      const x = fromArray(new Float32Array([1, 2, 3, 4]), [1, 1, 1, 4], { engine });
      const at = (coordinates: readonly number[], padding: SamplePadding) => {
        const places = Float32Array.from(coordinates.flatMap((coordinate) => [coordinate, 0]));
        return values(gridSample(x, fromArray(places, [1, 1, coordinates.length, 2], { engine }), { padding }));
      };
      expect(at([NaN, -1, Infinity, -3e38, 0.25], 'zeros')).toEqual([0.5, 0.5, 0, 0, 3]);
      expect(at([NaN, -1, Infinity, -3e38, 0.25], 'border')).toEqual([1, 1, 4, 1, 3]);
    });
  });

  it('gridSample gives no derivative for a place that the border holds, nor far outside', () => {
    scope(() => {
      const x = fromArray(new Float32Array([1, 2, 4, 8]), [1, 1, 1, 4], { engine });
      // Left of the first pixel's centre, on it, between the second and the third, right of the last, far outside.
      const grid = fromArray(new Float32Array([-1, 0, -0.75, 0, 0.125, 0, 1, 0, 1e9, 0]), [1, 1, 5, 2], { engine });
      const cotangent = fromArray(new Float32Array(5).fill(1), [1, 1, 1, 5], { engine });
      const gradient = (padding: SamplePadding) =>
        values(run(gridSampleGridGradientOp, { cotangent, x, grid }, { padding, alignCorners: false })).filter(
          (_value, i) => i % 2 === 0,
        );
      expect(gradient('border')).toEqual([0, 0, 4, 0, 0]);
      expect(gradient('zeros')).toEqual([2, 2, 4, -16, 0]);
    });
  });

  it('gridSample gives no derivative where a weight does not change, even beside what is not finite', () => {
    scope(() => {
      const cotangent = fromArray(new Float32Array([1]), [1, 1, 1, 1], { engine });
      const gradient = (x: readonly number[], size: Shape, place: readonly number[], padding: SamplePadding) => {
        const inputs = {
          cotangent,
          x: fromArray(new Float32Array(x), [1, 1, ...size], { engine }),
          grid: fromArray(new Float32Array(place), [1, 1, 1, 2], { engine }),
        };
        return values(run(gridSampleGridGradientOp, inputs, { padding, alignCorners: false }));
      };
      expect(gradient([Infinity, 1], [1, 2], [-2, 0], 'border')).toEqual([0, 0]);
      // On the first of four pixels: the derivative along each axis looks at one neighbour.
      expect(gradient([1, 2, Infinity, NaN], [2, 2], [-0.5, -0.5], 'zeros')).toEqual([1, Infinity]);
    });
  });

  it('gridSample and adaptiveAvgPool2d refuse what does not fit', () => {
    scope(() => {
      const x = zeros([1, 1, 2, 2], { engine });
      const grid = zeros([1, 1, 1, 2], { engine });
      const mirrored = 'mirror' as string as SamplePadding;
      expect(() => gridSample(x, grid, { padding: mirrored })).toThrow(
        new RangeError('[gridSample] padding is mirror, and has to be zeros or border or reflection'),
      );
      expect(() => gridSample(zeros([1, 1, 0, 2], { engine }), grid)).toThrow(
        '[gridSample] x [1,1,0,2] has no pixels to sample',
      );
      const whole = zeros([1, 1, 1, 2], { dtype: 'int32', engine });
      expect(() => gridSample(x, whole as Tensor as typeof grid)).toThrow(DTypeError);
      expect(() => adaptiveAvgPool2d(x, [0, 1])).toThrow('[adaptiveAvgPool2d] x [1,1,2,2] cannot be resized to [0,1]');
      expect(() => adaptiveAvgPool2d(x, [1.5, 1])).toThrow(ShapeError);
    });
  });

  it('layerNorm holds on to what a large mean leaves, and makes a single element its bias', () => {
    scope(() => {
      const x = fromArray(
        Float32Array.from({ length: 64 }, (_value, i) => 1000 + (i % 4) / 4),
        [64],
        { engine },
      );
      const deviation = Math.sqrt(5 / 64 + 1e-5);
      const expected = [-0.375, -0.125, 0.125, 0.375].map((value) => value / deviation);
      for (const [i, value] of values(layerNorm(x, [64]))
        .slice(0, 4)
        .entries())
        expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
      const bias = fromArray(new Float32Array([0.5]), [1], { engine });
      expect(values(layerNorm(fromArray(new Float32Array([3, -7]), [2, 1], { engine }), [1], { bias }))).toEqual([
        0.5, 0.5,
      ]);
    });
  });
});
