import { beforeEach, describe, expect, it } from 'vitest';
import {
  ScopeError,
  add,
  defaultEngine,
  forEachTensor,
  keep,
  mapTree,
  read,
  readSync,
  retain,
  scope,
  tensor,
  type Tensor,
} from '../src/index.ts';

const live = (): number => defaultEngine().memory().tensors;
const make = (value = 1): Tensor<readonly [1], 'float32'> => tensor([value]);

beforeEach(() => {
  for (const { tensor: left } of defaultEngine().liveTensors()) left.dispose();
});

describe('a scope', () => {
  it('frees what was made inside, and nothing else', () => {
    const outside = make();
    const made: Tensor[] = [];
    expect(scope(() => made.push(make(), add(outside, make())))).toBe(2);
    expect(made.map((x) => x.disposed)).toEqual([true, true]);
    expect(outside.disposed).toBe(false);
    expect(live()).toBe(1);
  });

  it('lets live what it returns, in arrays and plain objects of any depth', () => {
    const result = scope(() => {
      make();
      return {
        single: make(2),
        list: [make(3), { deep: make(4) }],
        label: 'text',
        nothing: null,
        twice: [make(5)].flatMap((x) => [x, x]),
      };
    });
    expect(live()).toBe(4);
    expect([result.single, ...result.twice].map((x) => readSync(x)[0])).toEqual([2, 5, 5]);
    forEachTensor(result, (x) => x.dispose());
    expect(live()).toBe(0);
  });

  it('does not look into other objects', () => {
    class Holder {
      readonly inner = make();
    }
    expect(scope(() => new Holder()).inner.disposed).toBe(true);
    expect(live()).toBe(0);
  });

  it('frees at its own end, not at that of the scope around it', () => {
    scope(() => {
      scope(() => {
        make();
      });
      expect(live()).toBe(0);
    });
  });

  it('hands what it returns to the scope around it', () => {
    const seen = scope(() => {
      const inner = scope(() => make());
      expect(inner.disposed).toBe(false);
      return { alive: live(), escaped: [inner].length };
    });
    expect(seen.alive).toBe(1);
    expect(live()).toBe(0);
  });

  it('leaves a returned tensor with the owner that it has', () => {
    const outside = make();
    scope(() => {
      const ofOuter = make();
      // Returned through two scopes, and still no business of theirs.
      expect(scope(() => scope(() => [outside, ofOuter]))).toEqual([outside, ofOuter]);
      expect(ofOuter.disposed).toBe(false);
      return null;
    });
    expect(outside.disposed).toBe(false);
    expect(live()).toBe(1);
  });

  it('does not free again what was freed inside by hand', () => {
    scope(() => {
      const x = make();
      x.dispose();
      using y = make();
      expect(live()).toBe(1);
      return y.size;
    });
    expect(live()).toBe(0);
  });

  it('may free what an outer scope holds', () => {
    scope(() => {
      const x = make();
      scope(() => x.dispose());
      expect(x.disposed).toBe(true);
    });
    expect(live()).toBe(0);
  });

  it('frees everything when its function throws, and so do the scopes around it', () => {
    const failure = new Error('in the middle');
    expect(() =>
      scope(() => {
        make();
        scope(() => {
          make();
          throw failure;
        });
      }),
    ).toThrow(failure);
    expect(live()).toBe(0);
    // No scope was left open: this one belongs to nobody.
    expect(make().disposed).toBe(false);
    expect(live()).toBe(1);
  });

  it('refuses a promise, and frees what was made until then', async () => {
    const pending: Promise<unknown>[] = [];
    expect(() =>
      scope(() => {
        const promise = (async () => read(make()))();
        pending.push(promise);
        return promise;
      }),
    ).toThrow(ScopeError);
    expect(live()).toBe(0);
    await Promise.all(pending);
    // What such a promise fails of later ends no program.
    const late = async (): Promise<void> => {
      const x = make();
      await Promise.resolve();
      add(x, x);
    };
    expect(() => scope(late)).toThrow(ScopeError);
    await new Promise((resolve) => setTimeout(resolve));
    expect(() => scope(async () => {})).toThrow(
      /^\[scope\] the function returned a promise; compute inside the scope, and await/,
    );
  });
});

describe('keep', () => {
  it('takes a tree of tensors out of all scopes', () => {
    const kept: Tensor[] = [];
    scope(() => {
      const ofOuter = make(1);
      scope(() => {
        const { a, b } = keep({ a: make(2), b: [ofOuter] });
        kept.push(a, ...b);
        make();
      });
    });
    expect(kept.map((x) => [...readSync(x)])).toEqual([[2], [1]]);
    expect(live()).toBe(2);
    for (const x of kept) x.dispose();
    expect(live()).toBe(0);
  });

  it('holds when the scope returns the kept tensor or throws', () => {
    const kept: Tensor[] = [];
    scope(() => {
      kept.push(scope(() => keep(make())));
    });
    expect(() =>
      scope(() => {
        kept.push(keep(make()));
        throw new Error('later');
      }),
    ).toThrow('later');
    expect(kept.map((x) => x.disposed)).toEqual([false, false]);
  });
});

describe('retain', () => {
  it('makes a handle that lives and dies on its own', () => {
    const outside = make(7);
    const { bytes } = defaultEngine().memory();
    const second = scope(() => retain(outside));
    expect(second.identity).toBe(outside.identity);
    expect(defaultEngine().memory()).toMatchObject({ tensors: 2, bytes });
    outside.dispose();
    expect(defaultEngine().memory()).toMatchObject({ tensors: 1, bytes });
    expect([...readSync(second)]).toEqual([7]);
    second.dispose();
    expect(defaultEngine().memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  it('is freed by its scope while the first handle lives on', () => {
    const outside = make();
    expect(scope(() => retain(outside).size)).toBe(1);
    expect(outside.disposed).toBe(false);
  });
});

describe('a tree of tensors', () => {
  it('is mapped in its own shape', () => {
    const tree = { a: make(1), b: [make(2), { c: make(3) }] as const };
    const changed = mapTree(tree, (x) => tensor([10 * (readSync(x)[0] ?? NaN)]));
    expect([changed.a, changed.b[0], changed.b[1].c].map((x) => [...readSync(x)])).toEqual([[10], [20], [30]]);
  });
});
