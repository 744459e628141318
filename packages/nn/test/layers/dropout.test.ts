import { checkpoint } from '@hypercorr/autograd';
import {
  channelDropout,
  dropout,
  fold,
  fromArray,
  key,
  mean,
  ones,
  readSync,
  scope,
  square,
  type Key,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  AdamW,
  ChannelDropout,
  Dropout,
  Linear,
  ReLU,
  Sequential,
  lossAndGradients,
  type Gradients,
} from '../../src/index.ts';
import { filler } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

const elements = (x: Tensor): number[] => [...readSync(x)];

describe('the functions', () => {
  test('drop a share p of the elements and scale the rest, so that the mean stays', () => {
    scope(() => {
      const values = elements(dropout(ones([100, 1000]), key(1), { p: 0.2 }));
      expect(new Set(values)).toEqual(new Set([0, 1.25]));
      // The deviation of the share of 100 000 draws is 0.4 / 316.
      expect(Math.abs(values.filter((value) => value === 0).length / 1e5 - 0.2)).toBeLessThan(0.006);
    });
  });

  test('draw by the key and nothing else', () => {
    scope(() => {
      const x = ones([50]);
      const drawn = (from: Key) => elements(dropout(x, from));
      expect(drawn(key(3))).toEqual(drawn(key(3)));
      expect(drawn(key(3))).not.toEqual(drawn(key(4)));
    });
  });

  test('drop whole channels, each image its own', () => {
    scope(() => {
      const values = elements(channelDropout(ones([40, 30, 2, 3]), key(1), { p: 0.5 }));
      const channels = Array.from({ length: 1200 }, (_, i) => values.slice(6 * i, 6 * i + 6));
      expect(channels.every((channel) => channel.every((value) => value === channel[0]))).toBe(true);
      const dropped = channels.map(([value]) => value === 0);
      expect(Math.abs(dropped.filter(Boolean).length / 1200 - 0.5)).toBeLessThan(0.06);
      expect(dropped.slice(0, 30)).not.toEqual(dropped.slice(30, 60));
    });
  });

  test('at p = 0 keep all, and at p = 1 nothing', () => {
    scope(() => {
      const x = filler('x', [3, 4]);
      expect(elements(dropout(x, key(1), { p: 0 }))).toEqual(elements(x));
      expect(elements(dropout(x, key(1), { p: 1 })).map(Math.abs)).toEqual(new Array(12).fill(0));
    });
  });

  test('misuse', () => {
    scope(() => {
      const x = ones([3]);
      expect(() => dropout(x, key(1), { p: 1.5 })).toThrow(
        new RangeError('[dropout] p is 1.5, and has to lie between 0 and 1'),
      );
      expect(() => dropout(x, key(1), { p: NaN })).toThrow(RangeError);
      // @ts-expect-error [channelDropout] x has shape [3], expected [N,C,…]
      expect(() => new ChannelDropout({ key: key(1) }).forward(x)).toThrow(
        '[channelDropout] x has shape [3], expected [N,C,…]',
      );
    });
  });
});

describe('the layers', () => {
  test('draw anew with every call, and keep no state', () => {
    for (const layer of [new Dropout({ key: key(1) }), new ChannelDropout({ key: key(1) })]) {
      expect(layer.stateDict()).toEqual({});
      scope(() => {
        const x = ones([8, 16]);
        const calls = Array.from({ length: 3 }, () => elements(layer.forward(x)).join());
        expect(new Set(calls).size).toBe(3);
        layer.seed(key(1));
        expect(elements(layer.forward(x)).join()).toBe(calls[0]);
      });
    }
  });

  test('are the identity in evaluation', () => {
    const layer = new Dropout({ p: 0.9, key: null }).eval();
    scope(() => {
      const x = filler('x', [2, 5]);
      const y = layer.forward(x);
      expectTypeOf(y).toEqualTypeOf<Tensor<readonly [2, 5], 'float32'>>();
      expect(elements(y)).toEqual(elements(x));
      y.dispose();
      expect(x.disposed).toBe(false);
    });
  });

  test('without a key draw only once they are seeded', () => {
    const layer = new Dropout({ key: null });
    scope(() => {
      expect(() => layer.forward(ones([2]))).toThrow(
        '[Dropout] there is no key to draw random numbers with. Give the module a key, or call seed() on the model',
      );
      expect(() => layer.seed(key(1)).forward(ones([2]))).not.toThrow();
    });
  });

  test('are seeded through the model, each with a key of its own', () => {
    const layers = [new Dropout({ key: null }), new Dropout({ key: null }), new Dropout({ key: null })] as const;
    const [first, second, third] = layers;
    new Sequential(first, new Sequential(second, new ReLU()), third).seed(key(5));
    scope(() => {
      const drawn = layers.map((layer) => elements(layer.forward(ones([64]))).join());
      expect(new Set(drawn).size).toBe(3);
    });
  });
});

describe('training', () => {
  const model = () =>
    new Sequential(
      new Linear({ inFeatures: 4, outFeatures: 16, key: key(1) }),
      new Dropout({ key: null }),
      new ReLU(),
      new Dropout({ p: 0.2, key: null }),
      new Linear({ inFeatures: 16, outFeatures: 1, key: key(2) }),
    );
  const loss = (of: Sequential, forward = (x: Tensor<Shape, 'float32'>) => of.forward(x)) =>
    lossAndGradients(of, () => mean(square(forward(filler('batch', [8, 4])))));

  test('that is resumed from its state dict and its step repeats bit for bit', async () => {
    const run = (of: Sequential, optimizer: AdamW, from: number, to: number) => {
      const losses: number[] = [];
      for (let step = from; step < to; step += 1) {
        scope(() => {
          const { loss: value, gradients } = loss(of.seed(fold(key(7), step)));
          optimizer.step(gradients);
          losses.push(...readSync(value));
        });
      }
      return losses;
    };
    using whole = model();
    using optimizer = new AdamW(whole, { learningRate: 0.01 });
    const wanted = run(whole, optimizer, 0, 6);

    using before = model();
    using early = new AdamW(before, { learningRate: 0.01 });
    const first = run(before, early, 0, 3);
    using after = model();
    using late = new AdamW(after, { learningRate: 0.01 });
    scope(() => after.loadStateDict(before.stateDict()));
    await late.loadStateDict(early.stateDict());
    expect([...first, ...run(after, late, 3, 6)]).toEqual(wanted);
    expect(new Set(wanted).size).toBe(6);
  });

  test('draws the same when checkpoint computes a part again', () => {
    using of = model();
    const gradientsOf = (forward?: (x: Tensor<Shape, 'float32'>) => Tensor<Shape, 'float32'>): number[][] =>
      scope(() => {
        const { gradients }: { gradients: Gradients } = loss(of.seed(key(3)), forward);
        return Object.values(gradients).map(elements);
      });
    const again = gradientsOf((x) => checkpoint((input: Tensor<Shape, 'float32'>) => of.forward(input))(x));
    expect(again).toEqual(gradientsOf());
    expect(again.flat().some((value) => value !== 0)).toBe(true);
  });
});

test('a mask is float32 like the input, on its engine', () => {
  scope(() => {
    const x = fromArray(new Float32Array([1, 2, 3]), [3]);
    const y = dropout(x, key(1), { p: 0.5 });
    expect([y.dtype, y.engine]).toEqual([x.dtype, x.engine]);
  });
});
