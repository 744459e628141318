import { Engine, fromArray, readSync, scope, type Shape, type Spec, type Tensor } from '@hypercorr/tensor';
import {
  defineOp,
  run,
  sizeAt,
  sizeOf,
  type Op,
  type OpInputs,
  type WasmLaunch,
  type WasmStep,
  type WasmView,
} from '@hypercorr/tensor/op';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Four, Window4d } from '../src/index.ts';
import { conv4dOp, conv4dWeightGradientOp } from '../src/op-entry.ts';
import { convAxes, forwardAxis, singleAxis, trimAxis } from '../src/kernels/axes.ts';
import type { TapSum, WeightSum } from '../src/kernels/sums.ts';
import { tapSumSteps } from '../src/kernels/tap-sum.ts';
import { weightSumSteps } from '../src/kernels/weight-sum.ts';
import { windowsGradientSteps } from '../src/kernels/windows-gradient.ts';
import { windowsOf, windowsSteps } from '../src/kernels/windows.ts';
import { values } from './support/draws.ts';
import type { Host } from './support/naive.ts';

// No 4D convolution here has a dilation, but its sums over taps may have one, and each algorithm has to be right with it or not
// to be taken. A kernel with dilation d is the kernel with d − 1 zeros between its elements.

type Plane = 'query' | 'support';

interface Dilated {
  readonly what: string;
  /** The planes that windows may go over. */
  readonly over: readonly Plane[];
  readonly channels: number;
  readonly outputs: number;
  readonly size: Four;
  readonly kernel: Four;
  readonly stride: Four;
  readonly padding: Four;
  readonly dilation: Four;
}

const wide = {
  channels: 3,
  outputs: 5,
  size: [3, 7, 14, 13],
  kernel: [1, 1, 3, 3],
  stride: [1, 1, 4, 4],
  padding: [0, 0, 2, 2],
} as const;
const query = {
  channels: 4,
  outputs: 6,
  size: [14, 15, 5, 6],
  kernel: [3, 3, 1, 1],
  stride: [2, 2, 4, 4],
  padding: [2, 2, 0, 0],
} as const;

const sums: readonly Dilated[] = [
  { ...wide, what: 'neighbouring taps on the support plane', over: ['support', 'query'], dilation: [1, 1, 1, 1] },
  {
    ...wide,
    what: 'taps of the support plane apart from row to row',
    over: ['support', 'query'],
    dilation: [1, 1, 2, 1],
  },
  { ...wide, what: 'taps of the support plane apart within a row', over: ['query'], dilation: [1, 1, 1, 2] },
  { ...wide, what: 'taps of the support plane apart both ways', over: ['query'], dilation: [1, 1, 2, 2] },
  { ...query, what: 'neighbouring taps on the query plane', over: ['support', 'query'], dilation: [1, 1, 1, 1] },
  { ...query, what: 'taps of the query plane apart both ways', over: ['support'], dilation: [2, 2, 1, 1] },
  { ...query, what: 'taps of both planes apart', over: [], kernel: [2, 3, 2, 2], dilation: [3, 2, 2, 2] },
];

/** The share of the largest element that a result may be off, as in the suite. */
const tolerance = 1e-5;

const planes = ([hq, wq, hs, ws]: Four) => ({ query: [hq, wq], support: [hs, ws] }) as const;

const windowOf = ({ stride, padding }: Dilated): Window4d => ({ stride: planes(stride), padding: planes(padding) });

/** The kernel with zeros between its elements. */
const spreadSizes = ({ kernel, dilation }: Dilated): number[] =>
  kernel.map((size, axis) => (size - 1) * sizeAt(dilation, axis) + 1);

/** For each element of the kernels, its place among those of the kernels with zeros between. */
function spreadPlaces(sum: Dilated): number[] {
  const spread = spreadSizes(sum);
  return Array.from({ length: sum.outputs * sum.channels * sizeOf(sum.kernel) }, (_, i) => {
    let [rest, place, stride] = [i, 0, 1];
    for (let axis = 3; axis >= 0; axis -= 1) {
      const size = sizeAt(sum.kernel, axis);
      place += (rest % size) * sizeAt(sum.dilation, axis) * stride;
      stride *= sizeAt(spread, axis);
      rest = Math.floor(rest / size);
    }
    return place + rest * stride;
  });
}

function shapesOf(sum: Dilated) {
  const x = [1, sum.channels, ...sum.size];
  const weight = [sum.outputs, sum.channels, ...sum.kernel];
  const spread = [sum.outputs, sum.channels, ...spreadSizes(sum)];
  return { x, weight, spread, y: conv4dOp.infer({ x: float(x), weight: float(spread) }, windowOf(sum)).shape };
}

const float = (shape: Shape): Spec => ({ shape, dtype: 'float32' });

/** The axes of the sum, from shapes that know of no dilation. */
function axesOf(sum: Dilated, x: Shape, weight: Shape, y: Shape) {
  return convAxes(x, weight, y, windowOf(sum)).map((axis, i) =>
    forwardAxis({ ...axis, dilation: sizeAt(sum.dilation, i) }),
  );
}

function imagesOf({ pointer, shape }: WasmView) {
  const channelStride = sizeOf(shape.slice(2));
  return { pointer, imageStride: sizeAt(shape, 1) * channelStride, channelStride };
}

/** An operation of these steps alone. */
function stepsOp<In extends string>(
  name: string,
  shape: Shape,
  wasmSteps: (inputs: OpInputs<In, never, WasmView>, output: WasmView, launch: WasmLaunch) => WasmStep[],
): Op<In, object> {
  const elsewhere = (): never => {
    throw new Error(`${name} is for wasm`);
  };
  return defineOp<In, object>({
    name,
    infer: () => ({ shape, dtype: 'float32' }),
    gradients: 'none',
    kernels: {
      wasm: (inputs, output, _, launch) => wasmSteps(inputs, output, launch),
      reference: elsewhere,
      gpu: elsewhere,
    },
  });
}

/** Ways to compute the sum and its weight gradient: the one that is chosen, and by windows over each plane that they may go over. */
function waysOf(sum: Dilated) {
  const { x: xShape, weight: weightShape, y: yShape } = shapesOf(sum);
  const { channels, outputs } = sum;
  const axes = axesOf(sum, xShape, weightShape, yShape);
  const common = { images: 1, channels, outputs };
  const size = sizeOf(sum.kernel);
  const strides = { outputStride: channels * size, channelStride: size };
  const forward = (steps: (tapSum: TapSum, launch: WasmLaunch) => WasmStep[]) =>
    stepsOp<'x' | 'weight'>('dilated', yShape, ({ x, weight }, y, launch) =>
      steps(
        {
          ...common,
          axes: axes.map(trimAxis),
          input: imagesOf(x),
          output: imagesOf(y),
          weight: { pointer: weight.pointer, ...strides },
          bias: 0,
        },
        launch,
      ),
    );
  const weightGradient = (steps: (weightSum: WeightSum, launch: WasmLaunch) => WasmStep[]) =>
    stepsOp<'x' | 'cotangent'>('dilatedWeightGradient', weightShape, ({ x, cotangent }, weight, launch) =>
      steps(
        {
          ...common,
          axes,
          input: imagesOf(x),
          cotangent: imagesOf(cotangent),
          gradient: { pointer: weight.pointer, ...strides },
        },
        launch,
      ),
    );
  const trimmed = windowsOf(axes.map(trimAxis), channels);
  return {
    over: trimmed.map(({ lanes }): Plane => (lanes[0] === singleAxis ? 'query' : 'support')),
    forward: [
      tapSumSteps,
      ...trimmed.map((windows) => (tapSum: TapSum, launch: WasmLaunch) => windowsSteps(tapSum, windows, launch)),
    ].map(forward),
    weightGradient: [
      weightSumSteps,
      ...windowsOf(axes, channels).map(
        (windows) => (weightSum: WeightSum, launch: WasmLaunch) => windowsGradientSteps(weightSum, windows, launch),
      ),
    ].map(weightGradient),
  };
}

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await wasm({ threads: 2 })());
});
afterAll(() => engine.dispose());

const single = ({ data, shape }: Host) => fromArray(Float32Array.from(data), shape, { engine });
const double = ({ data, shape }: Host) => fromArray(Float64Array.from(data), shape);
const numbers = (compute: () => Tensor) => scope(() => Array.from(readSync(compute())));

/** What is further from the definition than it may be; a place that is NaN or missing is. */
function farFrom(expected: readonly number[], actual: readonly number[]): readonly number[] {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.filter((value, i) => !(Math.abs(value - (actual[i] ?? NaN)) <= tolerance * largest));
}

describe.each(sums)('$what', (sum) => {
  const shapes = shapesOf(sum);
  const { over, forward, weightGradient } = waysOf(sum);
  const [x, weight, cotangent] = [values(3, 0, shapes.x), values(3, 1, shapes.weight), values(3, 2, shapes.y)];
  const places = spreadPlaces(sum);

  test('windows may go over the planes whose rows have their taps side by side', () => {
    expect(over).toEqual(sum.over);
  });

  test('every way agrees with the definition', () => {
    const spread = new Array<number>(sizeOf(shapes.spread)).fill(0);
    places.forEach((place, i) => {
      spread[place] = weight.data[i] ?? NaN;
    });
    const expected = numbers(() =>
      run(conv4dOp, { x: double(x), weight: double({ shape: shapes.spread, data: spread }) }, windowOf(sum)),
    );
    for (const way of forward)
      expect(
        farFrom(
          expected,
          numbers(() => run(way, { x: single(x), weight: single(weight) }, {})),
        ),
      ).toEqual([]);
  });

  test('and so does the weight gradient', () => {
    const [hq = 1, wq = 1, hs = 1, ws = 1] = shapes.spread.slice(2);
    const all = numbers(() =>
      run(
        conv4dWeightGradientOp,
        { x: double(x), cotangent: double(cotangent) },
        { ...windowOf(sum), size: [hq, wq, hs, ws] },
      ),
    );
    const expected = places.map((place) => all[place] ?? NaN);
    for (const way of weightGradient)
      expect(
        farFrom(
          expected,
          numbers(() => run(way, { x: single(x), cotangent: single(cotangent) }, {})),
        ),
      ).toEqual([]);
  });
});
