import {
  ShapeError,
  defaultEngine,
  fromArray,
  key,
  ones,
  readSync,
  scope,
  square,
  sum,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  AvgPool3d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose3d,
  ConvTranspose2d,
  ELU,
  GELU,
  Hardswish,
  PReLU,
  SiLU,
  GroupNorm,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  lossAndGradients,
  parseSafetensors,
  type Layer,
} from '../../src/index.ts';
import { rawFile } from '../safetensors/support.ts';
import { filler } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** [N, 3, H, W] → [N, 8, H / 2, W / 2] */
function encoder(): Sequential {
  return new Sequential(
    new Conv2d({ inChannels: 3, outChannels: 8, kernel: 3, padding: 1, key: key(1) }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ inChannels: 8, outChannels: 8, kernel: 3, padding: 1, bias: false, key: key(2) }),
    new ReLU(),
  );
}

describe('initial weights', () => {
  test('of convolutions and a linear layer are uniform in ±1/√(inputs of one output)', () => {
    using conv = new Conv2d({ inChannels: 16, outChannels: 60, kernel: [3, 5], groups: 4, key: key(1) });
    using linear = new Linear({ inFeatures: 60, outFeatures: 60, key: key(2) });
    // The number of inputs that PyTorch reckons with is that of the convolution it transposes.
    using transposed = new ConvTranspose2d({
      inChannels: 60,
      outChannels: 60,
      kernel: [3, 5],
      groups: 15,
      key: key(3),
    });
    for (const { weight, bias } of [conv, linear, transposed]) {
      const bound = 1 / Math.sqrt(60);
      const values = [...readSync(weight.value), ...(bias ? readSync(bias.value) : [])];
      expect(values).toHaveLength(61 * 60);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
      // The means of u and u² are 0 and bound²/3; with 3660 draws their deviations are bound/105 and bound²/203.
      expect(Math.abs(mean(values))).toBeLessThan(bound / 20);
      expect(Math.abs(mean(values.map((u) => u * u)) - bound ** 2 / 3)).toBeLessThan(bound ** 2 / 40);
    }
  });

  test('depend on the key and nothing else; without one they are zero', () => {
    const sizes = { inFeatures: 4, outFeatures: 4 };
    using first = new Linear({ ...sizes, key: key(1) });
    using again = new Linear({ ...sizes, key: key(1) });
    using other = new Linear({ ...sizes, key: key(2) });
    using none = new Linear({ ...sizes, key: null });
    expect(readSync(first.weight.value)).toEqual(readSync(again.weight.value));
    expect(readSync(first.weight.value)).not.toEqual(readSync(other.weight.value));
    expect(readSync(none.weight.value)).toEqual(new Float32Array(16));
    const [weights, biases] = [first.weight, first.bias].map((cell) => (cell ? [...readSync(cell.value)] : []));
    expect(biases?.some((bias) => weights?.includes(bias))).toBe(false);
  });
});

describe('Linear', () => {
  test('keeps the axes in front', () => {
    using layer = new Linear({ inFeatures: 3, outFeatures: 2, key: key(1) });
    scope(() => {
      const x = filler('x', [2, 4, 3]);
      const y = layer.forward(x);
      expectTypeOf(y).toEqualTypeOf<Tensor<readonly [2, 4, 2], 'float32'>>();
      expect(y.shape).toEqual([2, 4, 2]);
      const [w, b, input, output] = [layer.weight.value, layer.bias?.value ?? x, x, y].map((each) => readSync(each));
      for (let row = 0; row < 8; row += 1) {
        for (let out = 0; out < 2; out += 1) {
          const terms = [0, 1, 2].map((k) => (input?.[row * 3 + k] ?? NaN) * (w?.[out * 3 + k] ?? NaN));
          const expected = terms.reduce((total, term) => total + term, b?.[out] ?? NaN);
          expect(output?.[row * 2 + out]).toBeCloseTo(expected, 5);
        }
      }
      expect(layer.forward(ones([0, 3])).shape).toEqual([0, 2]);
    });
  });

  test('without a bias', () => {
    using layer = new Linear({ inFeatures: 3, outFeatures: 2, bias: false, key: key(1) });
    expect(Object.keys(layer.stateDict())).toEqual(['weight']);
    scope(() => expect(layer.forward(ones([1, 3])).shape).toEqual([1, 2]));
  });
});

test('misuse is refused by the compiler and at run time', () => {
  using linear = new Linear({ inFeatures: 3, outFeatures: 2, key: null });
  using conv = new Conv2d({ inChannels: 3, outChannels: 2, kernel: 1, key: null });
  scope(() => {
    const [x, image] = [ones([5, 4]), ones([1, 4, 6, 6])];
    // @ts-expect-error [linear] the inner sizes are 4 and 3; got a [5,4], b [2,3] transposed
    expect(() => linear.forward(x)).toThrow(
      new ShapeError('linear', 'the inner sizes are 4 and 3; got a [5,4], b [2,3] transposed'),
    );
    // @ts-expect-error [conv2d] the input has 4 channels, the weight expects 3
    expect(() => conv.forward(image)).toThrow(/\[conv2d\] the input has 4 channels, the weight expects 3/);
    // @ts-expect-error [maxPool2d] x has shape [5,4], expected [N,C,H,W]
    expect(() => new MaxPool2d({ kernel: 2 }).forward(x)).toThrow('[maxPool2d] x has shape [5,4], expected [N,C,H,W]');
    expect(() => new Conv2d({ inChannels: 3, outChannels: 4, kernel: 1, groups: 2, key: null })).toThrow(ShapeError);
    expect(() => new ConvTranspose2d({ inChannels: 4, outChannels: 3, kernel: 1, groups: 2, key: null })).toThrow(
      ShapeError,
    );
    using transposed = new ConvTranspose2d({ inChannels: 3, outChannels: 2, kernel: 1, key: null });
    // @ts-expect-error [convTranspose2d] the input has 4 channels, the weight expects 3
    expect(() => transposed.forward(image)).toThrow(
      /\[convTranspose2d\] the input has 4 channels, the weight expects 3/,
    );
    using rows = new Conv1d({ inChannels: 4, outChannels: 2, kernel: 3, key: null });
    // @ts-expect-error [conv1d] x has shape [1,4,6,6], expected [N,C,L]
    expect(() => rows.forward(image)).toThrow('[conv1d] x has shape [1,4,6,6], expected [N,C,L]');
    using volumes = new ConvTranspose3d({ inChannels: 3, outChannels: 2, kernel: 1, key: null });
    // @ts-expect-error [convTranspose3d] the input has 4 channels, the weight expects 3
    expect(() => volumes.forward(ones([1, 4, 2, 2, 2]))).toThrow(
      '[convTranspose3d] the input has 4 channels, the weight expects 3',
    );
    // @ts-expect-error [avgPool3d] x has shape [1,4,6,6], expected [N,C,D,H,W]
    expect(() => new AvgPool3d({ kernel: 2 }).forward(image)).toThrow('[avgPool3d] x has shape [1,4,6,6]');
    using norm = new LayerNorm({ shape: [6, 5] });
    // @ts-expect-error [layerNorm] x has shape [1,4,6,6], expected […,6,5]
    expect(() => norm.forward(image)).toThrow('[layerNorm] x has shape [1,4,6,6], expected […,6,5]');
    // @ts-expect-error [adaptiveAvgPool2d] x has shape [5,4], expected [N,C,H,W]
    expect(() => new AdaptiveAvgPool2d({ size: [1, 1] }).forward(x)).toThrow('[adaptiveAvgPool2d] x has shape [5,4]');
  });
});

test('shapes of results are known to the compiler where they are fixed', () => {
  using transposed = new ConvTranspose2d({ inChannels: 4, outChannels: 6, kernel: 2, stride: 2, groups: 2, key: null });
  scope(() => {
    const image = ones([1, 4, 6, 6]);
    const pooled = new AdaptiveAvgPool2d({ size: [2, 3] }).forward(image);
    expectTypeOf(pooled).toEqualTypeOf<Tensor<readonly [1, 4, 2, 3], 'float32'>>();
    using volumes = new Conv3d({ inChannels: 4, outChannels: 6, kernel: 1, key: null });
    const solid = volumes.forward(ones([1, 4, 3, 3, 3]));
    expectTypeOf(solid).toEqualTypeOf<Tensor<readonly [1, 6, number, number, number], 'float32'>>();
    const enlarged = transposed.forward(image);
    expectTypeOf(enlarged).toEqualTypeOf<Tensor<readonly [1, 6, number, number], 'float32'>>();
    expect([pooled.shape, enlarged.shape]).toEqual([
      [1, 4, 2, 3],
      [1, 6, 12, 12],
    ]);
  });
});

test('activations have the settings of their options', () => {
  scope(() => {
    const x = fromArray(new Float32Array([-2, 0, 1]), [3]);
    const values = (layer: Layer) => [...readSync(layer.forward(x))];
    expect(values(new LeakyReLU())).toEqual([Math.fround(-0.02), 0, 1]);
    expect(values(new LeakyReLU({ slope: 0.5 }))).toEqual([-1, 0, 1]);
    // x Φ(x), and its approximation by tanh.
    for (const [layer, expected] of [
      [new GELU(), -0.0455003],
      [new GELU({ approximate: 'tanh' }), -0.0454023],
    ] as const) {
      expect(values(layer)[0]).toBeCloseTo(expected, 6);
    }
  });
});

test('SiLU, Hardswish, ELU and PReLU', () => {
  scope(() => {
    const x = fromArray(new Float32Array([-2, 0, 4]), [1, 3]);
    const values = (layer: Layer) => [...readSync(layer.forward(x))];
    // x · sigmoid(x)
    expect(values(new SiLU())[0]).toBeCloseTo(-0.238406, 6);
    expect(values(new Hardswish())[0]).toBeCloseTo(-1 / 3, 6);
    expect(values(new Hardswish())[2]).toBe(4);
    expect(values(new ELU())[0]).toBeCloseTo(Math.exp(-2) - 1, 6);
    expect(values(new ELU({ alpha: 3 }))[0]).toBeCloseTo(3 * (Math.exp(-2) - 1), 6);
    using shared = new PReLU();
    expect(values(shared)).toEqual([-0.5, 0, 4]);
    using channels = new PReLU({ numParameters: 3, init: 0.5 });
    expect(Object.keys(channels.stateDict())).toEqual(['weight']);
    expect(readSync(channels.forward(x))).toEqual(Float32Array.of(-1, 0, 4));
    const wide = ones([1, 4]);
    // @ts-expect-error [prelu] weight has shape [3], expected [1] or one slope for each channel of [1,4]
    expect(() => channels.forward(wide)).toThrow(
      new ShapeError('prelu', 'weight has shape [3], expected [1] or one slope for each channel of [1,4]'),
    );
  });
});

describe('Sequential', () => {
  test('names its layers by number, and nests', () => {
    using model = new Sequential(encoder(), new ReLU());
    expect(Object.keys(model.stateDict())).toEqual(['0.0.weight', '0.0.bias', '0.3.weight']);
  });

  test('gives what its layers give, and frees what is between them', () => {
    using model = encoder();
    scope(() => {
      const x = filler('x', [1, 3, 8, 8]);
      const { tensors } = defaultEngine().memory();
      const y = model.forward(x);
      expect(defaultEngine().memory().tensors).toBe(tensors + 1);
      expect(x.disposed).toBe(false);
      const step = model.layers.reduce<Tensor<Shape, 'float32'>>((current, layer) => layer.forward(current), x);
      expect(readSync(y)).toEqual(readSync(step));
    });
  });

  test('holds no more than two layers at a time', () => {
    using model = new Sequential(...Array.from({ length: 10 }, () => new ReLU()));
    scope(() => {
      const x = ones([1000]);
      const engine = defaultEngine();
      engine.resetPeak();
      const { bytes } = engine.memory();
      model.forward(x);
      expect(engine.memory().peakBytes - bytes).toBe(2 * 4000);
    });
  });

  test('leaves to the tape what the tape saved', () => {
    using model = encoder();
    scope(() => {
      const x = filler('x', [1, 3, 8, 8]);
      const apart = lossAndGradients(model, () =>
        sum(square(model.layers.reduce<Tensor<Shape, 'float32'>>((current, layer) => layer.forward(current), x))),
      );
      const together = lossAndGradients(model, () => sum(square(model.forward(x))));
      const elements = ({ gradients }: typeof apart) =>
        Object.values(gradients).map((gradient) => [...readSync(gradient)]);
      expect(elements(together)).toEqual(elements(apart));
    });
  });

  test('without layers, or with one that hands its input on, the input stays the caller’s', () => {
    class Identity extends Module {
      forward<T>(x: T): T {
        return x;
      }
    }
    scope(() => {
      const x = ones([2]);
      expect(new Sequential().forward(x)).toBe(x);
      expect(new Sequential(new Identity(), new Identity()).forward(x)).toBe(x);
      const y = new Sequential(new Identity(), new ReLU(), new Identity(), new Identity()).forward(x);
      expect([x.disposed, y.disposed]).toEqual([false, false]);
    });
  });

  test('a layer that throws leaves nothing behind', () => {
    using model = new Sequential(
      new ReLU(),
      new ReLU(),
      new Conv2d({ inChannels: 3, outChannels: 1, kernel: 1, key: null }),
    );
    using x = ones([2, 2]);
    const { tensors } = defaultEngine().memory();
    expect(() => model.forward(x)).toThrow(ShapeError);
    expect(defaultEngine().memory().tensors).toBe(tensors);
  });
});

describe('norms', () => {
  test('start as the identity of normalised values', () => {
    using layer = new LayerNorm({ shape: [4, 3, 3] });
    using group = new GroupNorm({ groups: 2, channels: 4 });
    using batch = new BatchNorm2d({ channels: 4 });
    expect(Object.keys(layer.stateDict())).toEqual(['weight', 'bias']);
    expect(Object.keys(group.stateDict())).toEqual(['weight', 'bias']);
    expect(Object.keys(batch.stateDict())).toEqual([
      'weight',
      'bias',
      'running_mean',
      'running_var',
      'num_batches_tracked',
    ]);
    expect(Object.keys(batch.namedParameters())).toEqual(['weight', 'bias']);
    scope(() => {
      const x = filler('x', [2, 4, 3, 3]);
      for (const y of [group.forward(x), batch.forward(x), layer.forward(x)]) {
        const values = [...readSync(y)];
        expect(mean(values)).toBeCloseTo(0, 5);
        expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 3);
      }
    });
  });

  test('evaluation leaves the running statistics alone', () => {
    using batch = new BatchNorm2d({ channels: 4 }).eval();
    const before = batch.running_mean.value;
    scope(() => {
      batch.forward(filler('x', [2, 4, 3, 3]));
      expect(batch.running_mean.value).toBe(before);
    });
  });

  test('files without a count of batches, and with one in 64 bits, load', async () => {
    using batch = new BatchNorm2d({ channels: 1 });
    const statistics = { shape: [1], dtype: 'F32' };
    const names = ['weight', 'bias', 'running_mean', 'running_var'];
    const entries = names.map((name, i) => [name, { ...statistics, data_offsets: [8 + 4 * i, 12 + 4 * i] }]);
    const count = ['num_batches_tracked', { shape: [], dtype: 'I64', data_offsets: [0, 8] }];
    const data = new Uint8Array([5, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(16)]);
    scope(() =>
      batch.loadStateDict(
        parseSafetensors(rawFile(JSON.stringify(Object.fromEntries([count, ...entries])), data)).tensors(),
      ),
    );
    expect(readSync(batch.num_batches_tracked.value)).toEqual(new Int32Array([5]));
    scope(() => {
      const { num_batches_tracked: _count, ...rest } = batch.stateDict();
      batch.loadStateDict(rest);
    });
    expect(readSync(batch.num_batches_tracked.value)).toEqual(new Int32Array([5]));
  });

  test('misuse', () => {
    using batch = new BatchNorm2d({ channels: 4 });
    scope(() => {
      // @ts-expect-error [batchNorm2d] x has shape [2,4], expected [N,C,H,W]
      expect(() => batch.forward(ones([2, 4]))).toThrow('[batchNorm2d] x has shape [2,4], expected [N,C,H,W]');
      expect(() => batch.forward(ones([1, 4, 1, 1]))).toThrow(
        'training needs several values a channel; got x [1,4,1,1]',
      );
      expect(() => batch.forward(ones([1, 3, 2, 2]))).toThrow(ShapeError);
    });
    expect(readSync(batch.num_batches_tracked.value)).toEqual(new Int32Array([0]));
    expect(() => new GroupNorm({ groups: 3, channels: 4 })).toThrow(ShapeError);
  });
});
