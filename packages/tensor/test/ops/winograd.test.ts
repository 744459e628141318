import { conv2d, key, readSync, scope, uniform, Engine, type Shape, type Tensor } from '../../src/index.ts';
import { conv2dOp, conv2dWeightGradientOp, run, sizeOf, type Conv2dAttrs, type WasmStep } from '../../src/op-entry.ts';
import { uniformNumbers } from '../../src/random.ts';
import { wasm } from '../../src/wasm.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// Winograd's algorithm at shapes that force each of its forms, and how large its errors are: single elements against
// sums in float64.

type Two = readonly [number, number];

/** A convolution with a 3×3 kernel and padding 1. */
interface Geometry {
  readonly images: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: Two;
  readonly stride: 1 | 2;
}

/**
 * The largest error allowed, as a part of the largest element. It grows with the points of the transforms, and hardly with
 * the channels, of which no more than 128 are added up at a time. Measured here: 1.0e-6 with stride 1, 4.8e-7 with stride
 * 2, whose transforms have fewer points, 1.6e-6 of a weight gradient; the points ±1, ±2 lose four times as much.
 */
const bound = 2e-6;

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await wasm({ threads: 2, simd: 'baseline' })());
});
afterAll(() => engine.dispose());

const attrsOf = ({ stride }: Geometry): Conv2dAttrs => ({
  stride: [stride, stride],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
});

const shapesOf = ({ images, channels, outputs, size, stride }: Geometry) => ({
  x: [images, channels, ...size] as const,
  weight: [outputs, channels, 3, 3] as const,
  y: [images, outputs, Math.ceil(size[0] / stride), Math.ceil(size[1] / stride)] as const,
});

const draw = (seed: number, shape: Shape): Tensor<Shape, 'float32'> =>
  uniform(key(seed), shape, { min: -1, max: 1, engine });

/** The kernels that a convolution calls, in order. */
function entriesOf(geometry: Geometry): string[] {
  const { x, weight, y } = shapesOf(geometry);
  if (conv2dOp.kernels === 'alias') throw new Error('conv2d has no kernels');
  const view = (shape: Shape) => ({ pointer: 0, shape, dtype: 'float32' as const });
  const steps: readonly WasmStep[] = conv2dOp.kernels.wasm(
    { x: view(x), weight: view(weight), bias: undefined },
    view(y),
    attrsOf(geometry),
    { workspace: () => 0 },
  );
  return steps.map(({ entry }) => entry);
}

/** An element of an array of a shape, 0 outside of its planes. */
function reader(values: ArrayLike<number>, [, channels = 0, rows = 0, columns = 0]: Shape) {
  return (n: number, c: number, i: number, j: number): number =>
    i < 0 || j < 0 || i >= rows || j >= columns ? 0 : (values[((n * channels + c) * rows + i) * columns + j] ?? NaN);
}

/**
 * The largest distance of some hundred elements of `actual` from what `exact` says, as a part of the largest element.
 */
function errorOf(
  actual: ArrayLike<number>,
  shape: Shape,
  exact: (index: readonly [number, number, number, number]) => number,
): number {
  const [, second = 1, third = 1, fourth = 1] = shape;
  const places = Array.from(uniformNumbers(key(3), 300), (part) => Math.floor(part * sizeOf(shape)));
  // The corners too, where tiles are cut off.
  const all = [0, fourth - 1, sizeOf(shape) - fourth, sizeOf(shape) - 1, ...places];
  const off = all.map((place) => {
    const rest = Math.floor(place / fourth);
    const plane = Math.floor(rest / third);
    return Math.abs(
      (actual[place] ?? NaN) - exact([Math.floor(plane / second), plane % second, rest % third, place % fourth]),
    );
  });
  const largest = Array.from(actual).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(...off) / largest;
}

/** Of a convolution: y[n,o,i,j] = Σ_{c,u,v} x[n, c, s·i + u − 1, s·j + v − 1] w[o,c,u,v]. */
function forwardError(geometry: Geometry): number {
  const { channels, stride } = geometry;
  const shapes = shapesOf(geometry);
  return scope(() => {
    const [x, weight] = [draw(1, shapes.x), draw(2, shapes.weight)];
    const at = reader(readSync(x), shapes.x);
    const tap = reader(readSync(weight), shapes.weight);
    return errorOf(readSync(run(conv2dOp, { x, weight }, attrsOf(geometry))), shapes.y, ([n, o, i, j]) => {
      let sum = 0;
      for (let c = 0; c < channels; c += 1) {
        for (let u = 0; u < 3; u += 1) {
          for (let v = 0; v < 3; v += 1) sum += at(n, c, stride * i + u - 1, stride * j + v - 1) * tap(o, c, u, v);
        }
      }
      return sum;
    });
  });
}

/** Of a weight gradient: dw[o,c,u,v] = Σ_{n,i,j} x[n, c, i + u − 1, j + v − 1] ȳ[n,o,i,j]. */
function weightGradientError(geometry: Geometry): number {
  const {
    images,
    size: [rows, columns],
  } = geometry;
  const shapes = shapesOf(geometry);
  return scope(() => {
    const [x, cotangent] = [draw(1, shapes.x), draw(2, shapes.y)];
    const at = reader(readSync(x), shapes.x);
    const seed = reader(readSync(cotangent), shapes.y);
    const gradient = run(conv2dWeightGradientOp, { x, cotangent }, { ...attrsOf(geometry), size: [3, 3] });
    return errorOf(readSync(gradient), shapes.weight, ([o, c, u, v]) => {
      let sum = 0;
      for (let n = 0; n < images; n += 1) {
        for (let i = 0; i < rows; i += 1) {
          for (let j = 0; j < columns; j += 1) sum += at(n, c, i + u - 1, j + v - 1) * seed(n, o, i, j);
        }
      }
      return sum;
    });
  });
}

const tilesFirst = ['winogradInputTiles', 'winogradByOutputs'];
const weightsFirst = ['winogradWeightPanels', 'winogradByTiles'];

describe.each<Geometry & { readonly entries: readonly string[]; readonly what: string }>([
  {
    what: 'many tiles, few weights',
    images: 2,
    channels: 19,
    outputs: 33,
    size: [23, 26],
    stride: 1,
    entries: weightsFirst,
  },
  {
    what: 'few tiles, two blocks of channels',
    images: 1,
    channels: 150,
    outputs: 42,
    size: [11, 9],
    stride: 1,
    entries: tilesFirst,
  },
  {
    what: 'more tiles than a step takes',
    images: 1,
    channels: 130,
    outputs: 100,
    size: [61, 60],
    stride: 1,
    entries: [...tilesFirst, ...tilesFirst],
  },
  {
    what: 'stride 2, many tiles',
    images: 1,
    channels: 48,
    outputs: 39,
    size: [41, 38],
    stride: 2,
    entries: weightsFirst,
  },
  {
    what: 'stride 2, few tiles, two blocks of channels',
    images: 1,
    channels: 160,
    outputs: 61,
    size: [31, 29],
    stride: 2,
    entries: tilesFirst,
  },
])('$what', ({ entries, ...geometry }) => {
  test('is computed so', () => {
    expect(entriesOf(geometry)).toEqual(entries);
    expect(forwardError(geometry)).toBeLessThan(bound);
  });

  test('is the same with a bias', () => {
    const { x, weight } = shapesOf(geometry);
    scope(() => {
      const inputs = { x: draw(1, x), weight: draw(2, weight) };
      const bias = draw(3, [geometry.outputs]);
      const plain = readSync(conv2d(inputs.x, inputs.weight, { padding: 1, stride: geometry.stride }));
      const shifted = readSync(conv2d(inputs.x, inputs.weight, { bias, padding: 1, stride: geometry.stride }));
      const [, outputs, rows, columns] = shapesOf(geometry).y;
      const shifts = readSync(bias);
      const off = shifted.map(
        (value, i) => value - (plain[i] ?? NaN) - (shifts[Math.floor(i / (rows * columns)) % outputs] ?? NaN),
      );
      expect(off.filter((distance) => !(Math.abs(distance) < 1e-5))).toHaveLength(0);
    });
  });
});

describe.each([16, 128, 512, 2048])('the error of the largest element at %i channels', (channels) => {
  const geometry = { images: 1, channels, outputs: 48, size: [26, 25] } as const;

  test('with stride 1', () => {
    expect(forwardError({ ...geometry, stride: 1 })).toBeLessThan(bound);
  });

  test('with stride 2', () => {
    expect(forwardError({ ...geometry, stride: 2 })).toBeLessThan(bound / 2);
  });
});

test.each([1, 4])('the error of a weight gradient over %i images', (images) => {
  expect(weightGradientError({ images, channels: 24, outputs: 32, size: [50, 50], stride: 1 })).toBeLessThan(bound);
});
