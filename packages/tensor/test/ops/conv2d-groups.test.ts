import {
  Engine,
  fold,
  fromArray,
  key,
  readSync,
  scope,
  uniformNumbers,
  type Shape,
  type Tensor,
} from '../../src/index.ts';
import {
  conv2dInputGradientOp,
  conv2dOp,
  conv2dWeightGradientOp,
  run,
  sizeOf,
  type Conv2dAttrs,
  type WasmStep,
} from '../../src/op-entry.ts';
import { wasm } from '../../src/wasm.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// Convolutions in groups, at shapes that force each algorithm of their weight gradient, against the definition in float64.

type Two = readonly [number, number];

interface Geometry {
  readonly what: string;
  readonly images: number;
  readonly groups: number;
  /** Of a group. */
  readonly channels: number;
  readonly outputs: number;
  readonly size: Two;
  readonly kernel: Two;
  readonly stride?: Two;
  readonly padding?: Two;
  readonly dilation?: Two;
}

const depthwise = { images: 1, channels: 1, outputs: 1, kernel: [3, 3], padding: [1, 1] } as const;

/** Kernels that begin a weight gradient. */
const direct = 'conv2dDirectWeightGradient';
const byProduct = 'packRows';
const byWinograd = 'winogradCotangents';

const geometries: readonly (Geometry & { readonly gradient: string })[] = [
  { ...depthwise, gradient: direct, what: 'depthwise, three images', images: 3, groups: 5, size: [9, 11] },
  { ...depthwise, gradient: direct, what: 'depthwise, whole vectors', groups: 3, size: [7, 16] },
  { ...depthwise, gradient: direct, what: 'depthwise, less than a vector', images: 2, groups: 4, size: [7, 3] },
  { ...depthwise, gradient: direct, what: 'depthwise, stride 2', images: 2, groups: 3, size: [13, 22], stride: [2, 2] },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, unequal strides, no padding',
    groups: 3,
    size: [14, 19],
    stride: [3, 2],
    padding: [0, 0],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, dilation 2',
    images: 3,
    groups: 3,
    size: [11, 13],
    padding: [2, 2],
    dilation: [2, 2],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, dilation and stride of which neither divides the other',
    groups: 2,
    size: [17, 23],
    stride: [2, 3],
    dilation: [3, 2],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, channel multiplier 2',
    images: 3,
    groups: 4,
    outputs: 2,
    size: [10, 9],
    stride: [1, 2],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, 5×5',
    groups: 3,
    size: [12, 10],
    kernel: [5, 5],
    padding: [2, 2],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, 7×7 on planes that are smaller',
    images: 3,
    groups: 3,
    size: [5, 6],
    kernel: [7, 7],
    padding: [3, 3],
  },
  { ...depthwise, gradient: direct, what: 'depthwise, 1×1', groups: 4, size: [8, 13], kernel: [1, 1], padding: [0, 0] },
  {
    ...depthwise,
    gradient: direct,
    what: 'depthwise, 2×4 hanging over',
    groups: 3,
    size: [6, 9],
    kernel: [2, 4],
    padding: [2, 3],
  },
  { ...depthwise, gradient: direct, what: 'depthwise, planes in bands', groups: 2, size: [301, 250] },
  {
    ...depthwise,
    gradient: direct,
    what: 'groups of four',
    images: 2,
    groups: 3,
    channels: 4,
    outputs: 4,
    size: [15, 18],
  },
  {
    ...depthwise,
    gradient: direct,
    what: 'groups of three channels to five',
    groups: 2,
    channels: 3,
    outputs: 5,
    size: [15, 18],
    stride: [2, 1],
  },
  {
    ...depthwise,
    gradient: byProduct,
    what: 'groups of twelve, 5×3',
    groups: 2,
    channels: 12,
    outputs: 12,
    size: [12, 13],
    kernel: [5, 3],
  },
  {
    ...depthwise,
    gradient: byProduct,
    what: 'groups of 40, stride 2',
    groups: 2,
    channels: 40,
    outputs: 37,
    size: [31, 29],
    stride: [2, 2],
  },
  {
    ...depthwise,
    gradient: byWinograd,
    what: 'groups of 40',
    images: 2,
    groups: 3,
    channels: 40,
    outputs: 37,
    size: [14, 15],
  },
];

/** The share of the largest element that a result may be off, as in the suite. */
const tolerance = 1e-5;

const attrsOf = ({ groups, stride = [1, 1], padding = [0, 0], dilation = [1, 1] }: Geometry): Conv2dAttrs => ({
  stride,
  padding,
  dilation,
  groups,
});

function shapesOf(geometry: Geometry) {
  const { images, groups, channels, outputs, size, kernel } = geometry;
  const x = [images, groups * channels, ...size] as const;
  const weight = [groups * outputs, channels, ...kernel] as const;
  const { shape: y } = conv2dOp.infer({ x: spec(x), weight: spec(weight) }, attrsOf(geometry));
  return { x, weight, y };
}

const spec = (shape: Shape) => ({ shape, dtype: 'float32' }) as const;

interface Host {
  readonly shape: Shape;
  readonly data: readonly number[];
}

const values = (stream: number, shape: Shape): Host => ({
  shape,
  data: Array.from(uniformNumbers(fold(key(7), stream), sizeOf(shape)), (u) => Math.fround(2 * u - 1)),
});

interface Inputs<T> {
  readonly x: T;
  readonly weight: T;
  readonly cotangent: T;
  readonly bias: T;
}

const inputsOf = (geometry: Geometry): Inputs<Host> => {
  const { x, weight, y } = shapesOf(geometry);
  return { x: values(0, x), weight: values(1, weight), cotangent: values(2, y), bias: values(3, weight.slice(0, 1)) };
};

const forward =
  (attrs: Conv2dAttrs) =>
  ({ x, weight, bias }: Inputs<Tensor>) =>
    run(conv2dOp, { x, weight, bias }, attrs);
const inputGradient =
  (attrs: Conv2dAttrs, size: Two) =>
  ({ cotangent, weight }: Inputs<Tensor>) =>
    run(conv2dInputGradientOp, { cotangent, weight }, { ...attrs, size });
const weightGradient =
  (attrs: Conv2dAttrs, size: Two) =>
  ({ cotangent, x }: Inputs<Tensor>) =>
    run(conv2dWeightGradientOp, { cotangent, x }, { ...attrs, size });

/** The result on an engine, or by the definition in float64. */
function resultOf(inputs: Inputs<Host>, compute: (inputs: Inputs<Tensor>) => Tensor, engine?: Engine): number[] {
  const tensor = ({ data, shape }: Host) =>
    engine === undefined
      ? fromArray(Float64Array.from(data), shape)
      : fromArray(Float32Array.from(data), shape, { engine });
  return scope(() => {
    const { x, weight, cotangent, bias } = inputs;
    return Array.from(
      readSync(compute({ x: tensor(x), weight: tensor(weight), cotangent: tensor(cotangent), bias: tensor(bias) })),
    );
  });
}

const view = (shape: Shape) => ({ pointer: 0, ...spec(shape) });

function forwardSteps(geometry: Geometry, workspace: (bytes: number) => number): readonly WasmStep[] {
  const { x, weight, y } = shapesOf(geometry);
  if (conv2dOp.kernels === 'alias') throw new Error('there are no kernels');
  return conv2dOp.kernels.wasm({ x: view(x), weight: view(weight), bias: undefined }, view(y), attrsOf(geometry), {
    workspace,
  });
}

function weightGradientSteps(geometry: Geometry, workspace: (bytes: number) => number): readonly WasmStep[] {
  const { x, weight, y } = shapesOf(geometry);
  if (conv2dWeightGradientOp.kernels === 'alias') throw new Error('there are no kernels');
  const attrs = { ...attrsOf(geometry), size: geometry.kernel };
  return conv2dWeightGradientOp.kernels.wasm({ cotangent: view(y), x: view(x) }, view(weight), attrs, { workspace });
}

let engines: readonly Engine[] = [];
beforeAll(async () => {
  engines = await Promise.all([1, 2, 3].map(async (threads) => new Engine(await wasm({ threads })())));
});
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

describe.each(geometries)('$what', ({ gradient, ...geometry }) => {
  test('the weight gradient is computed so', () => {
    expect(weightGradientSteps(geometry, () => 0)[0]?.entry).toBe(gradient);
  });

  const attrs = attrsOf(geometry);
  test.each([
    ['forward', forward(attrs)],
    ['the input gradient', inputGradient(attrs, geometry.size)],
    ['the weight gradient', weightGradient(attrs, geometry.kernel)],
  ] as const)('%s agrees with the definition, to the same bits on every number of threads', (_, compute) => {
    const inputs = inputsOf(geometry);
    const expected = resultOf(inputs, compute);
    const [one = [], ...more] = engines.map((engine) => resultOf(inputs, compute, engine));
    for (const other of more) expect(other).toEqual(one);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = expected.map((value, i) => Math.abs(value - (one[i] ?? NaN)));
    expect(one).toHaveLength(expected.length);
    // Written this way round, NaN is too far off as well.
    expect(off.filter((distance) => !(distance <= tolerance * largest))).toEqual([]);
  });
});

test.each([
  ['forward', forwardSteps],
  ['the weight gradient', weightGradientSteps],
] as const)('%s in groups takes the memory of one group', (_, stepsOf) => {
  const one: Geometry = { ...depthwise, what: '', groups: 1, channels: 40, outputs: 37, size: [14, 15] };
  const asked = [1, 3].map((groups) => {
    const sizes: number[] = [];
    const steps = stepsOf({ ...one, groups }, (bytes) => {
      sizes.push(bytes);
      return 0;
    });
    expect(steps.every(({ entry }) => entry.startsWith('winograd') || entry === 'matmul')).toBe(true);
    return sizes;
  });
  expect(asked[1]).toEqual(asked[0]);
});

describe('the weight gradient by bands', () => {
  const geometry: Geometry = { ...depthwise, what: '', groups: 3, size: [8, 12], stride: [2, 2], padding: [0, 0] };

  // Nine sums are made at a time: the kernel leaves off after the last one there is, wherever it falls.
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('of %i taps', (taps) => {
    const [engine] = engines;
    const row: Geometry = { ...geometry, size: [3, 21], kernel: [1, taps], stride: [1, 1] };
    expect(weightGradientSteps(row, () => 0)[0]?.entry).toBe(direct);
    const inputs = inputsOf(row);
    const compute = weightGradient(attrsOf(row), row.kernel);
    const expected = resultOf(inputs, compute);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = resultOf(inputs, compute, engine).map((value, i) => Math.abs(value - (expected[i] ?? NaN)));
    expect(off.filter((distance) => !(distance <= tolerance * largest))).toEqual([]);
  });

  test('does not see what no window sees', () => {
    const [engine] = engines;
    const inputs = inputsOf(geometry);
    // Windows of 3 at every second of 12 columns end before the last one, those of 8 rows before the last row.
    const strange = {
      ...inputs,
      x: {
        ...inputs.x,
        data: inputs.x.data.map((value, i) => (i % 12 === 11 || Math.floor(i / 12) % 8 === 7 ? NaN : value)),
      },
    };
    const compute = weightGradient(attrsOf(geometry), geometry.kernel);
    expect(resultOf(strange, compute, engine)).toEqual(resultOf(inputs, compute, engine));
  });

  test('keeps what is no number to the taps that see it', () => {
    const [engine] = engines;
    const inputs = inputsOf(geometry);
    const compute = weightGradient(attrsOf(geometry), geometry.kernel);
    // The first channel's corner, which the first tap alone sees.
    const strange = {
      ...inputs,
      x: { ...inputs.x, data: inputs.x.data.map((value, i) => (i === 0 ? Infinity : value)) },
    };
    const isFinite = resultOf(strange, compute, engine).map(Number.isFinite);
    expect(isFinite).toEqual(resultOf(strange, compute).map(Number.isFinite));
    expect(isFinite.indexOf(false)).toBe(0);
    expect(isFinite.lastIndexOf(false)).toBe(0);
  });

  test('of an empty batch is zeros', () => {
    const [engine] = engines;
    const empty = { ...geometry, images: 0 };
    expect(new Set(resultOf(inputsOf(empty), weightGradient(attrsOf(empty), empty.kernel), engine))).toEqual(
      new Set([0]),
    );
  });
});
