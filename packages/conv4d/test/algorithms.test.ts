import { Engine, fromArray, readSync, scope, type Shape, type Tensor } from '@hypercorr/tensor';
import { run, sizeOf, type Op, type OpInputs, type WasmView } from '@hypercorr/tensor/op';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Four, Window4d } from '../src/index.ts';
import { conv4dInputGradientOp, conv4dOp, conv4dWeightGradientOp } from '../src/op-entry.ts';
import { values } from './support/draws.ts';
import type { Host } from './support/naive.ts';

/** A convolution for which the planner takes one algorithm: forwards the last of its steps, for the weight gradient one of them. */
interface Convolution {
  readonly name: string;
  readonly algorithm: 'conv4d' | 'winogradLanes' | 'toeplitz' | 'conv4dWindows';
  readonly batch?: number;
  readonly gradient?: 'conv4dWindowsGradient';
  readonly channels: number;
  readonly outputs: number;
  readonly size: Four;
  readonly kernel: Four;
  readonly stride?: Four;
  readonly padding: Four;
}

const convolutions: readonly Convolution[] = [
  {
    name: 'a product of few positions',
    algorithm: 'conv4d',
    channels: 260,
    outputs: 9,
    size: [2, 3, 2, 3],
    kernel: [1, 1, 2, 2],
    padding: [0, 0, 0, 0],
  },
  {
    name: 'Winograd, 3×3',
    algorithm: 'winogradLanes',
    channels: 20,
    outputs: 17,
    size: [9, 10, 2, 2],
    kernel: [3, 3, 1, 1],
    padding: [1, 1, 0, 0],
  },
  {
    name: 'Winograd, 5×5',
    algorithm: 'winogradLanes',
    channels: 24,
    outputs: 33,
    size: [9, 7, 3, 2],
    kernel: [5, 5, 1, 1],
    padding: [2, 2, 0, 0],
  },
  {
    name: 'a 2×2 support plane',
    algorithm: 'toeplitz',
    batch: 2,
    channels: 40,
    outputs: 37,
    size: [5, 7, 2, 2],
    kernel: [1, 1, 3, 3],
    padding: [0, 0, 1, 1],
  },
  {
    name: 'a 2×2 support plane at every second query position',
    algorithm: 'toeplitz',
    channels: 300,
    outputs: 34,
    size: [7, 9, 2, 2],
    kernel: [1, 1, 3, 3],
    stride: [2, 3, 1, 1],
    padding: [0, 0, 1, 1],
  },
  {
    name: 'a 2×2 support plane under a full kernel',
    algorithm: 'toeplitz',
    channels: 40,
    outputs: 38,
    size: [4, 5, 2, 2],
    kernel: [3, 3, 3, 3],
    padding: [1, 1, 1, 1],
  },
  {
    name: 'windows over the support plane',
    algorithm: 'conv4dWindows',
    batch: 2,
    gradient: 'conv4dWindowsGradient',
    channels: 3,
    outputs: 5,
    size: [3, 7, 14, 13],
    kernel: [1, 1, 5, 5],
    stride: [1, 1, 4, 4],
    padding: [0, 0, 2, 2],
  },
  {
    name: 'windows over a large support plane, in bands',
    algorithm: 'conv4dWindows',
    gradient: 'conv4dWindowsGradient',
    channels: 4,
    outputs: 4,
    size: [1, 3, 50, 45],
    kernel: [1, 1, 5, 5],
    stride: [1, 1, 4, 4],
    padding: [0, 0, 2, 2],
  },
  {
    name: 'windows over a large query plane, in bands',
    algorithm: 'conv4dWindows',
    gradient: 'conv4dWindowsGradient',
    channels: 4,
    outputs: 6,
    size: [50, 45, 5, 6],
    kernel: [5, 5, 1, 1],
    stride: [2, 2, 4, 4],
    padding: [2, 2, 0, 0],
  },
  {
    name: 'windows over the support plane, with a full kernel',
    algorithm: 'conv4dWindows',
    gradient: 'conv4dWindowsGradient',
    channels: 2,
    outputs: 5,
    size: [6, 5, 6, 7],
    kernel: [3, 3, 3, 3],
    stride: [1, 1, 2, 2],
    padding: [1, 1, 1, 1],
  },
  {
    name: 'windows over the query plane, with a full kernel',
    algorithm: 'conv4dWindows',
    channels: 3,
    outputs: 5,
    size: [8, 9, 3, 2],
    kernel: [3, 3, 3, 1],
    stride: [2, 2, 1, 1],
    padding: [1, 1, 1, 0],
  },
  {
    name: 'windows over the query plane beside a single support position with padding',
    algorithm: 'conv4dWindows',
    gradient: 'conv4dWindowsGradient',
    channels: 3,
    outputs: 5,
    size: [7, 6, 1, 1],
    kernel: [3, 5, 2, 1],
    padding: [1, 2, 1, 1],
  },
  {
    name: 'windows of many channels, whose sums are cut',
    algorithm: 'conv4dWindows',
    channels: 130,
    outputs: 6,
    size: [3, 3, 4, 4],
    kernel: [1, 1, 3, 3],
    stride: [1, 1, 2, 2],
    padding: [0, 0, 1, 1],
  },
];

/** The share of the largest element that a result may be off, as in the suite. */
const tolerance = 1e-5;

const planes = ([hq, wq, hs, ws]: Four) => ({ query: [hq, wq], support: [hs, ws] }) as const;

function shapesOf({ batch = 1, channels, outputs, size, kernel, stride = [1, 1, 1, 1], padding }: Convolution) {
  const window: Window4d = { stride: planes(stride), padding: planes(padding) };
  const x = [batch, channels, ...size] as const;
  const weight = [outputs, channels, ...kernel] as const;
  const y = [batch, outputs, ...conv4dOp.infer({ x: float(x), weight: float(weight) }, window).shape.slice(2)];
  return { window, x, weight, y };
}

const float = (shape: Shape) => ({ shape, dtype: 'float32' }) as const;
const view = (shape: Shape) => ({ ...float(shape), pointer: 0 });

/** What a mask leaves of the support: all of it, a corner, one position, nothing. */
const masks = {
  'a dense input': () => true,
  'a masked support': (s: number, t: number) => s > 0 && s < 4 && t > 1,
  'a single support position': (s: number, t: number) => s === 1 && t === 0,
  'an input of zeros': () => false,
} as const;

function masked({ data, shape }: Host, keep: (s: number, t: number) => boolean): number[] {
  const [hs = 0, ws = 0] = shape.slice(4);
  return Array.from(data, (value, i) => (keep(Math.floor(i / ws) % hs, i % ws) ? value : 0));
}

describe.each(convolutions)('$name', (convolution) => {
  const { window, x, weight, y } = shapesOf(convolution);
  const inputs = {
    x: values(1, 0, x),
    weight: values(1, 1, weight),
    bias: values(1, 2, [convolution.outputs]),
    cotangent: values(1, 3, y),
  };
  let engines: readonly Engine[] = [];
  beforeAll(async () => {
    engines = [new Engine(await wasm({ threads: 1 })()), new Engine(await wasm({ threads: 2 })())];
  });
  afterAll(() => {
    for (const engine of engines) engine.dispose();
  });

  test(`is computed by ${convolution.algorithm}${convolution.gradient === undefined ? '' : `, its weight gradient by ${convolution.gradient}`}`, () => {
    const shapes = { x: view(x), weight: view(weight), cotangent: view(y) };
    expect(entriesOf(conv4dOp, shapes, shapes.cotangent, window).at(-1)).toBe(convolution.algorithm);
    const gradients = entriesOf(conv4dWeightGradientOp, shapes, shapes.weight, { ...window, size: convolution.kernel });
    if (convolution.gradient !== undefined) expect(gradients).toContain(convolution.gradient);
  });

  test.each(Object.entries(masks))('agrees with the definition on %s, and so does its weight gradient', (_, keep) => {
    const host = { ...inputs, x: { shape: x, data: masked(inputs.x, keep) } };
    expect(
      errorOf(engines, host, ({ x, weight, bias }) => run(conv4dOp, { x, weight, bias }, window)),
    ).toBeLessThanOrEqual(tolerance);
    expect(
      errorOf(engines, host, ({ cotangent, x }) =>
        run(conv4dWeightGradientOp, { cotangent, x }, { ...window, size: convolution.kernel }),
      ),
    ).toBeLessThanOrEqual(tolerance);
  });

  test('and so does its input gradient', () => {
    const attrs = { ...window, size: convolution.size };
    expect(
      errorOf(engines, inputs, ({ cotangent, weight }) => run(conv4dInputGradientOp, { cotangent, weight }, attrs)),
    ).toBeLessThanOrEqual(tolerance);
  });
});

describe.each(convolutions.filter(({ gradient }) => gradient !== undefined))(
  'zeros times what is no number: $name',
  (convolution) => {
    const { window, x, weight, y } = shapesOf(convolution);
    /**
     * Where the definition has NaN, and where of these places two threads have it. Beside an edge they may have it elsewhere:
     * padding is zeros, too.
     */
    const strangeOf = async (compute: (engine?: Engine) => Tensor) => {
      const engine = new Engine(await wasm({ threads: 2 })());
      const [expected = [], found = []] = [undefined, engine].map((each) =>
        scope(() => Array.from(readSync(compute(each)), Number.isNaN)),
      );
      await engine.dispose();
      return { expected, kept: expected.map((is, i) => is && found[i] === true) };
    };
    const withSome = ({ data, shape }: Host, strange: number, engine?: Engine) =>
      fromArray(
        Float32Array.from(data, (value, i) => (i % 7 === 3 ? strange : value)),
        shape,
        { ...(engine && { engine }) },
      );
    const zeros = (shape: Shape, engine?: Engine) =>
      fromArray(new Float32Array(sizeOf(shape)), shape, { ...(engine && { engine }) });

    test.each([Number.NaN, Infinity])('%d in a weight or in a cotangent is not lost', async (value) => {
      const weights = values(1, 1, weight);
      const forward = await strangeOf((engine) =>
        run(conv4dOp, { x: zeros(x, engine), weight: withSome(weights, value, engine) }, window),
      );
      expect(forward.expected).toContain(true);
      expect(forward.kept).toEqual(forward.expected);
      const attrs = { ...window, size: convolution.kernel };
      const cotangents = values(1, 3, y);
      const gradient = await strangeOf((engine) =>
        run(conv4dWeightGradientOp, { x: zeros(x, engine), cotangent: withSome(cotangents, value, engine) }, attrs),
      );
      expect(gradient.expected).toContain(true);
      expect(gradient.kept).toEqual(gradient.expected);
    });
  },
);

describe('sums of nothing', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = new Engine(await wasm({ threads: 1 })());
  });
  afterAll(() => engine.dispose());

  const ofOnes = (shape: Shape) =>
    fromArray(new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(1), shape, { engine });
  const elementsOf = (compute: () => Tensor) => scope(() => Array.from(new Set(readSync(compute()))));

  test.each(convolutions)('an empty batch: $name', (convolution) => {
    const { window, x, weight, y } = shapesOf({ ...convolution, batch: 0 });
    const { size, kernel } = convolution;
    expect(elementsOf(() => run(conv4dOp, { x: ofOnes(x), weight: ofOnes(weight) }, window))).toEqual([]);
    expect(
      elementsOf(() =>
        run(conv4dInputGradientOp, { cotangent: ofOnes(y), weight: ofOnes(weight) }, { ...window, size }),
      ),
    ).toEqual([]);
    expect(
      elementsOf(() =>
        run(conv4dWeightGradientOp, { cotangent: ofOnes(y), x: ofOnes(x) }, { ...window, size: kernel }),
      ),
    ).toEqual([0]);
    // Memory is handed out as before.
    expect(elementsOf(() => ofOnes([1000]))).toEqual([1]);
  });

  test.each(convolutions)('no channels: $name', (convolution) => {
    const { window, x, weight } = shapesOf({ ...convolution, channels: 0 });
    // What a sum of something left in the memory must not show.
    const full = shapesOf(convolution);
    scope(() => void run(conv4dOp, { x: ofOnes(full.x), weight: ofOnes(full.weight) }, window));
    expect(
      elementsOf(() =>
        run(conv4dOp, { x: ofOnes(x), weight: ofOnes(weight), bias: ofOnes([convolution.outputs]) }, window),
      ),
    ).toEqual([1]);
  });
});

/** The kernels that an operation's steps call. */
function entriesOf<In extends string, Optional extends string, Attrs>(
  { kernels }: Op<In, Attrs, Optional>,
  inputs: OpInputs<In, Optional, WasmView>,
  output: WasmView,
  attrs: Attrs,
): string[] {
  if (kernels === 'alias') throw new Error('there are no kernels');
  return kernels.wasm(inputs, output, attrs, { workspace: () => 0 }).map(({ entry }) => entry);
}

interface Inputs<T> {
  readonly x: T;
  readonly weight: T;
  readonly bias: T;
  readonly cotangent: T;
}

/** How far one thread is from the definition in float64, as a share of the largest element; two threads have to give its bits. */
function errorOf(
  engines: readonly Engine[],
  inputs: Inputs<Host>,
  compute: (inputs: Inputs<Tensor>) => Tensor,
): number {
  const on = (tensor: (host: Host) => Tensor) =>
    scope(() => {
      const { x, weight, bias, cotangent } = inputs;
      return Array.from(
        readSync(compute({ x: tensor(x), weight: tensor(weight), bias: tensor(bias), cotangent: tensor(cotangent) })),
      );
    });
  const expected = on(({ data, shape }) => fromArray(Float64Array.from(data), shape));
  const [one = [], two = []] = engines.map((engine) =>
    on(({ data, shape }) => fromArray(Float32Array.from(data), shape, { engine })),
  );
  expect(two).toEqual(one);
  expect(one.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (one[i] ?? NaN))), 0) / largest;
}
