import { afterAll, describe, expect, it } from 'vitest';
import {
  broadcastTo,
  crossEntropy,
  defaultEngine,
  DTypeError,
  Engine,
  nllLoss,
  readSync,
  scope,
  tensor,
  zeros,
  type Reduction,
} from '../../src/index.ts';
import { wasm } from '../../src/wasm.ts';

const wasmEngine = new Engine(await wasm({ threads: 1 })());
afterAll(() => wasmEngine.dispose());

const engines = [
  ['reference', defaultEngine()],
  ['wasm', wasmEngine],
] as const;

interface Setting {
  readonly labels: readonly number[];
  readonly weight?: readonly [number, number, number];
  readonly reduction: Reduction;
}

/** The loss of labels of classes whose ln of probability is -1, -2 and -3; 255 is ignored. */
function lossOf(engine: Engine, { labels, weight, reduction }: Setting): number[] {
  return scope(() => {
    const x = broadcastTo(tensor([-1, -2, -3], { engine }), [labels.length, 3]);
    const target = tensor(labels, { dtype: 'int32', engine });
    const factors = weight && tensor(weight, { engine });
    return [...readSync(nllLoss(x, target, { weight: factors, reduction, ignoreIndex: 255 }))];
  });
}

describe.each(engines)('nllLoss on %s', (_, engine) => {
  const labels = [0, 2, 255, 2];
  const weight = [4, 100, 1] as const;

  it.each([
    [{ labels, reduction: 'none' }, [1, 3, 0, 3]],
    [{ labels, reduction: 'sum' }, [7]],
    [{ labels: [0, 2, 255, 1], reduction: 'mean' }, [2]],
    [{ labels, weight, reduction: 'none' }, [4, 3, 0, 3]],
    [{ labels, weight, reduction: 'sum' }, [10]],
    // The weights of the labels that count are 4, 1 and 1.
    [{ labels, weight, reduction: 'mean' }, [Math.fround(10 / 6)]],
    // Where no label counts, there is nothing to divide by.
    [{ labels: [255, 255], weight, reduction: 'none' }, [0, 0]],
    [{ labels: [255, 255], weight, reduction: 'sum' }, [0]],
    [{ labels: [255, 255], weight, reduction: 'mean' }, [NaN]],
    [{ labels: [255, 255], reduction: 'sum' }, [0]],
  ] as const)('of %j', (setting, expected) => {
    expect(lossOf(engine, setting).map((value) => value + 0)).toEqual(expected);
  });

  it('refuses what does not fit', () => {
    using x = zeros([1, 3], { engine });
    using target = zeros([1], { dtype: 'int32', engine });
    const word: string = 'max';
    expect(() => nllLoss(x, target, { reduction: word as 'sum' })).toThrow(
      new RangeError('[nllLoss] reduction is max, and has to be none, sum or mean'),
    );
    using whole = zeros([3], { dtype: 'int32', engine });
    expect(() => crossEntropy(x, target, { weight: whole as never })).toThrow(
      new DTypeError('crossEntropy', 'x is float32, the weight int32; cast one'),
    );
  });
});

it.each([undefined, [1, 2, 3] as const])(
  'a label that is no class is an error or NaN, with the weights %j',
  (weight) => {
    for (const wrong of [3, -1]) {
      const setting = { labels: [1, wrong, 2], ...(weight && { weight }) };
      expect(() => lossOf(defaultEngine(), { ...setting, reduction: 'none' })).toThrow(
        `[nllLoss] target holds the label ${wrong}: classes run from 0 to 2, and 255 is ignored`,
      );
      const [first, second, third] = lossOf(wasmEngine, { ...setting, reduction: 'none' });
      expect([first, second, third]).toEqual([weight ? 4 : 2, NaN, weight ? 9 : 3]);
      expect(lossOf(wasmEngine, { ...setting, reduction: 'mean' })).toEqual([NaN]);
    }
  },
);
