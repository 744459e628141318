import { Engine, key, scope, uniform, type Shape } from '@hypercorr/tensor';
import { sizeOf, type WasmLaunch, type WasmStep } from '@hypercorr/tensor/op';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CenterPivotConv4d, type Two, type Window4d } from '../src/index.ts';
import { conv4dInputGradientOp, conv4dOp, conv4dWeightGradientOp } from '../src/op-entry.ts';

/** One of the two kernels of a center-pivot layer, at a size of the query plane. */
interface Layer {
  readonly name: string;
  readonly channels: number;
  readonly outputs: number;
  readonly support: Two;
  readonly kernel: number;
  readonly stride: number;
}

/** Layers of HSNet's learner, whose planes are 50×50 there. */
const layers: readonly Layer[] = [
  {
    name: '4 channels, 5×5 with stride 4 on a 50×50 support plane',
    channels: 4,
    outputs: 16,
    support: [50, 50],
    kernel: 5,
    stride: 4,
  },
  {
    name: '16 channels, 5×5 with stride 4 on 13×13',
    channels: 16,
    outputs: 64,
    support: [13, 13],
    kernel: 5,
    stride: 4,
  },
  { name: '64 channels, 3×3 with stride 2 on 4×4', channels: 64, outputs: 128, support: [4, 4], kernel: 3, stride: 2 },
  { name: '128 channels, 3×3 on 2×2', channels: 128, outputs: 128, support: [2, 2], kernel: 3, stride: 1 },
];

/** Bytes that a launch takes besides its inputs and its output. */
interface Extra {
  /** For the whole launch: packed weights, above all. */
  readonly workspace: number;
  /** The most that a thread has for itself in a step: blocks on their way through the caches. */
  readonly scratch: number;
}

/** Counts for a launch, without running it. */
function extraOf(plan: (launch: WasmLaunch) => readonly WasmStep[]): Extra {
  let workspace = 0;
  const steps = plan({
    workspace(bytes) {
      workspace += bytes;
      return 0;
    },
  });
  // The kernels of products and transforms, and among them none that copies, permutes or fills a tensor.
  const entries = new Set(steps.map(({ entry }) => entry));
  expect(
    [...entries].filter(
      (entry) => !/^(packRows|conv4d\w*|window\w*|sumWindowGradients|winograd\w*|toeplitz\w*|matmul)$/.test(entry),
    ),
  ).toEqual([]);
  return { workspace, scratch: Math.max(...steps.map(({ scratchBytes = 0 }) => scratchBytes)) };
}

function wasmKernel<K>({
  name,
  kernels,
}: {
  readonly name: string;
  readonly kernels: 'alias' | { readonly wasm: K };
}): K {
  if (kernels === 'alias') throw new Error(`${name} has no kernels`);
  return kernels.wasm;
}

const view = (shape: Shape) => ({ shape, dtype: 'float32', pointer: 0 }) as const;

/** What the three operations take for a kernel over one of the planes. */
function extrasOf({ channels, outputs, support, kernel, stride }: Layer, query: Two, plane: 'query' | 'support') {
  const half = Math.floor(kernel / 2);
  const none: Two = [0, 0];
  const taps: Two = [kernel, kernel];
  const sizes = plane === 'query' ? ([...taps, 1, 1] as const) : ([1, 1, ...taps] as const);
  const window: Window4d = {
    stride: { query: [1, 1], support: [stride, stride] },
    padding: { query: plane === 'query' ? [half, half] : none, support: plane === 'query' ? none : [half, half] },
  };
  const [hs, ws] = support;
  const x = view([1, channels, ...query, hs, ws]);
  const y = view([1, outputs, ...query, Math.ceil(hs / stride), Math.ceil(ws / stride)]);
  const weight = view([outputs, channels, ...sizes]);
  return {
    bytes: 4 * sizeOf(x.shape),
    forward: extraOf((launch) => wasmKernel(conv4dOp)({ x, weight }, y, window, launch)),
    inputGradient: extraOf((launch) =>
      wasmKernel(conv4dInputGradientOp)({ cotangent: y, weight }, x, { ...window, size: [...query, hs, ws] }, launch),
    ),
    weightGradient: extraOf((launch) =>
      wasmKernel(conv4dWeightGradientOp)({ cotangent: y, x }, weight, { ...window, size: sizes }, launch),
    ),
  };
}

describe.each(layers)('a layer of $name', (layer) => {
  test.each(['query', 'support'] as const)('packs its %s kernel, and no tensor of six axes', (plane) => {
    const [once, fourTimes] = [extrasOf(layer, [50, 50], plane), extrasOf(layer, [100, 100], plane)];
    expect(fourTimes.bytes).toBe(4 * once.bytes);
    // What it takes depends on the weights and on the blocks, and not on the planes.
    expect(fourTimes.forward).toEqual(once.forward);
    expect(fourTimes.inputGradient).toEqual(once.inputGradient);
    expect(fourTimes.weightGradient).toEqual(once.weightGradient);
  });
});

describe('a center-pivot layer', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = new Engine(await wasm({ threads: 1 })());
  });
  afterAll(() => engine.dispose());

  test('holds its input, the two parts and their sum', () => {
    using conv = new CenterPivotConv4d({
      inChannels: 4,
      outChannels: 3,
      kernel: 3,
      stride: { support: 2 },
      key: key(0),
      engine,
    });
    using x = uniform(key(1), [1, 4, 12, 12, 12, 12], { engine });
    const before = engine.memory();
    engine.resetPeak();
    using y = scope(() => conv.forward(x));
    expect(y.shape).toEqual([1, 3, 12, 12, 6, 6]);
    const { tensors, bytes, peakBytes } = engine.memory();
    const outputBytes = 4 * y.size;
    expect(tensors).toBe(before.tensors + 1);
    expect(bytes).toBe(before.bytes + outputBytes);
    expect(peakBytes).toBe(before.bytes + 3 * outputBytes);
  });
});
