import {
  BackendError,
  Engine,
  FormatError,
  ShapeError,
  defaultEngine,
  keep,
  key,
  mapTree,
  mul,
  readSync,
  retain,
  scope,
  sum,
  tensor,
  zeros,
} from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { Buffer, Linear, Module, Parameter, ReLU, Sequential, lossAndGradients } from '../src/index.ts';
import { checkLeaks } from './support/leaks.ts';

checkLeaks();

class Block extends Module {
  readonly weight = new Parameter(tensor([1, 2]));
  readonly running_mean = new Buffer(tensor([0]));
  readonly count = new Buffer(tensor(0, { dtype: 'int32' }), { optional: true });
  readonly bias: Parameter | undefined = undefined;
  readonly stride = 2;
}

class Model extends Module {
  readonly stem = new Block();
  readonly blocks = [new Block(), new Block()];
  readonly head = new Sequential(new ReLU(), new Linear({ inFeatures: 2, outFeatures: 1, key: key(1) }));
  readonly scale = new Parameter(tensor(1));
  readonly #hidden = new Block();

  override dispose(): void {
    super.dispose();
    this.#hidden.dispose();
  }
}

test('cells are found by the names of properties, arrays and layers', () => {
  using model = new Model();
  expect(Object.keys(model.stateDict())).toEqual([
    ...['stem', 'blocks.0', 'blocks.1'].flatMap((name) => [`${name}.weight`, `${name}.running_mean`, `${name}.count`]),
    'head.1.weight',
    'head.1.bias',
    'scale',
  ]);
  expect(Object.keys(model.namedParameters())).toEqual([
    'stem.weight',
    'blocks.0.weight',
    'blocks.1.weight',
    'head.1.weight',
    'head.1.bias',
    'scale',
  ]);
  expect(Object.keys(model.namedBuffers())).toEqual(
    ['stem', 'blocks.0', 'blocks.1'].flatMap((name) => [`${name}.running_mean`, `${name}.count`]),
  );
  expect(model.parameters()).toHaveLength(6);
  expect(model.buffers()).toHaveLength(6);
});

test('train and eval reach every module below', () => {
  using model = new Model();
  const modes = () =>
    [model, model.stem, ...model.blocks, model.head, ...model.head.layers].map(({ training }) => training);
  expect(modes()).toEqual([true, true, true, true, true, true, true]);
  expect(model.eval()).toBe(model);
  expect(new Set(modes())).toEqual(new Set([false]));
  model.head.train();
  expect(modes()).toEqual([false, false, false, false, true, true, true]);
});

test('a shared cell is in the state under every name, and trained once', () => {
  class Tied extends Module {
    readonly encoder = new Parameter(tensor([1, 2]));
    readonly decoder = this.encoder;
  }
  using tied = new Tied();
  expect(Object.keys(tied.stateDict())).toEqual(['encoder', 'decoder']);
  expect(Object.keys(tied.namedParameters())).toEqual(['encoder']);
  scope(() => {
    const { gradients } = lossAndGradients(tied, () => sum(mul(tied.encoder.value, tied.decoder.value)));
    expect(Object.keys(gradients)).toEqual(['encoder']);
    expect(gradients['encoder'] && readSync(gradients['encoder'])).toEqual(new Float32Array([2, 4]));
  });
});

describe('state dicts', () => {
  test('loading shares elements, and takes the values apart for gradients', () => {
    using source = new Block();
    using first = new Block();
    using second = new Block();
    const { bytes } = defaultEngine().memory();
    scope(() => source.weight.set(tensor([5, 6])));
    expect(first.loadStateDict(source.stateDict())).toEqual({ missing: [], unexpected: [], misshaped: [] });
    second.loadStateDict(source.stateDict());
    expect(defaultEngine().memory().bytes).toBeLessThan(bytes);
    source.dispose();
    expect(readSync(first.weight.value)).toEqual(new Float32Array([5, 6]));
    scope(() => {
      const { gradients } = lossAndGradients(first, () => sum(mul(first.weight.value, second.weight.value)));
      expect(gradients['weight'] && readSync(gradients['weight'])).toEqual(new Float32Array([5, 6]));
    });
  });

  test('a snapshot outlives training', () => {
    using block = new Block();
    scope(() => {
      const snapshot = mapTree(block.stateDict(), retain);
      block.weight.set(tensor([9, 9]));
      block.loadStateDict(snapshot);
    });
    expect(readSync(block.weight.value)).toEqual(new Float32Array([1, 2]));
  });

  test('everything that is wrong is listed at once, and nothing is changed', () => {
    using model = new Model();
    const before = readSync(model.scale.value);
    scope(() => {
      const { 'stem.weight': _weight, 'blocks.1.running_mean': _mean, scale: _scale, ...rest } = model.stateDict();
      const state = { ...rest, scale: tensor(7) };
      const lists = 'missing: stem.weight, blocks.1.running_mean; unexpected: fc.weight, toString';
      expect(() => model.loadStateDict({ ...state, 'fc.weight': zeros([1]), toString: zeros([1]) })).toThrow(
        new FormatError('loadStateDict', lists),
      );
      const misshaped = { 'head.1.weight': zeros([2, 1]), 'stem.count': zeros([]) };
      const shapes =
        'of another shape or dtype: stem.count is float32 [], expected int32 [], head.1.weight is float32 [2,1], expected float32 [1,2]';
      expect(() => model.loadStateDict({ ...state, ...misshaped, 'fc.weight': zeros([1]) })).toThrow(
        new ShapeError(
          'loadStateDict',
          `missing: stem.weight, blocks.1.running_mean; unexpected: fc.weight; ${shapes}`,
        ),
      );
      expect(() => model.loadStateDict({ ...state, ...misshaped }, { strict: false })).toThrow(ShapeError);
    });
    expect(readSync(model.scale.value)).toEqual(before);
  });

  test('without strict, what fits is loaded and the rest returned', () => {
    using block = new Block();
    scope(() => {
      const differences = block.loadStateDict({ weight: tensor([3, 4]), other: tensor(1) }, { strict: false });
      expect(differences).toEqual({ missing: ['running_mean'], unexpected: ['other'], misshaped: [] });
    });
    expect(readSync(block.weight.value)).toEqual(new Float32Array([3, 4]));
  });

  test('an optional buffer may be missing', () => {
    using block = new Block();
    scope(() => block.loadStateDict({ weight: tensor([3, 4]), running_mean: tensor([1]) }));
    expect(readSync(block.running_mean.value)).toEqual(new Float32Array([1]));
  });

  test('freed tensors and those of another engine change nothing', () => {
    using block = new Block();
    scope(() => {
      const freed = tensor([1]);
      freed.dispose();
      expect(() => block.loadStateDict({ weight: tensor([3, 4]), running_mean: freed })).toThrow(
        'used after it was freed',
      );
      const elsewhere = tensor([1], { engine: new Engine(defaultEngine().backend) });
      expect(() => block.loadStateDict({ weight: tensor([3, 4]), running_mean: elsewhere })).toThrow(BackendError);
    });
    expect(readSync(block.weight.value)).toEqual(new Float32Array([1, 2]));
  });
});

test('a module below frees what it keeps beside its cells', () => {
  class Caching extends Module {
    readonly cache = keep(tensor([1]));

    override dispose(): void {
      super.dispose();
      this.cache.dispose();
    }
  }
  class Outer extends Module {
    readonly layers = [new Caching(), new Caching()];
  }
  const outer = new Outer();
  outer.dispose();
  expect(outer.layers.map(({ cache }) => cache.disposed)).toEqual([true, true]);
});
