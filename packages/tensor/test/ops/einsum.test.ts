import { afterEach, describe, expect, it } from 'vitest';
import { referenceBackend } from '../../src/backends/reference/backend.ts';
import {
  DTypeError,
  Engine,
  ShapeError,
  defaultEngine,
  einsum,
  full,
  ones,
  readSync,
  scope,
  tensor,
  zeros,
  type Shape,
} from '../../src/index.ts';
import type { Op } from '../../src/op-entry.ts';
import { withRecorders } from '../../src/recorder.ts';
import { einsumShape } from '../../src/shape/einsum.ts';

/** The operations that a call runs, with the shapes of their results. */
function operations(call: () => unknown): string[] {
  const seen: string[] = [];
  withRecorders(
    [{ record: (op: Op, _inputs, _attrs, output) => void seen.push(`${op.name} [${output.shape.join(',')}]`) }],
    () => scope(() => void call()),
  );
  return seen;
}

describe('an equation', () => {
  it.each<[string, readonly Shape[], string]>([
    ['ij->j->i', [[2, 3]], `'ij->j->i' holds more than one '->'`],
    ['...i...', [[2, 3]], `'...i...' holds more than one ellipsis`],
    ['..i', [[2, 3]], `'.' in '..i' is no letter`],
    ['i.j->i', [[2, 3]], `'.' in 'i.j' is no letter`],
    ['é', [[2]], `'é' in 'é' is no letter`],
    ['...ij', [[2]], `'...ij' does not fit an operand of shape [2]: one letter for each axis`],
    [
      '...i,...i',
      [
        [2, 3],
        [4, 3],
      ],
      `an axis under the ellipsis is 2 and 4; got [2,3], [4,3] for '...i,...i'`,
    ],
    ['i,i', [[1], [3]], `'i' is 1 and 3; got [1], [3] for 'i,i'`],
    ['', [], `'' names 1 operands, got 0`],
    ['i->...k', [[3]], `the output '...k' of 'i->...k' names 'k', which no operand has`],
  ])('%s of %j is refused', (equation, shapes, message) => {
    expect(() => einsumShape('einsum', equation, shapes)).toThrow(new ShapeError('einsum', message));
  });

  it.each<[string, readonly Shape[], Shape]>([
    [
      '...ij,jk...->...ik',
      [
        [5, 2, 3],
        [3, 4, 1],
      ],
      [5, 2, 4],
    ],
    [
      '...i,...i',
      [
        [7, 1, 3],
        [4, 3],
      ],
      [7, 4],
    ],
    ['...,i', [[], [3]], [3]],
    ['b...a->ab', [[2, 5, 3]], [3, 2]],
    ['ZaAz', [[1, 2, 3, 4]], [3, 1, 2, 4]],
    ['->', [[]], []],
  ])('%s of %j gives %j', (equation, shapes, shape) => {
    expect(einsumShape('einsum', equation, shapes).shape).toEqual(shape);
    expect(scope(() => einsum(equation, ...shapes.map((of) => ones(of))).shape)).toEqual(shape);
  });
});

it('takes floating point of one dtype', () => {
  scope(() => {
    // @ts-expect-error int32
    expect(() => einsum('i->', zeros([3], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => einsum('i,i', zeros([3]), zeros([3], { dtype: 'float64' }))).toThrow(
      new DTypeError('einsum', 'the operands are float32 and float64; cast one'),
    );
  });
});

describe('the work', () => {
  const [a, b] = [ones([4, 5, 6]), ones([4, 6, 7])];
  afterEach(() => expect(a.disposed).toBe(false));

  it('copies nothing where axes are in order, transposed or not', () => {
    const product = ['reshape [4,5,6]', 'reshape [4,6,7]', 'matmul [4,5,7]', 'reshape [4,5,7]', 'reshape [4,5,7]'];
    expect(operations(() => einsum('bij,bjk->bik', a, b))).toEqual(product);
    expect(operations(() => einsum('bij,bkj->bik', a, ones([4, 7, 6])))).toEqual(product.with(1, 'reshape [4,7,6]'));
    expect(operations(() => einsum('bji,bkj->bik', ones([4, 6, 5]), ones([4, 7, 6])))).toEqual(
      product.with(0, 'reshape [4,6,5]').with(1, 'reshape [4,7,6]'),
    );
  });

  it('sums over what only one operand has before it multiplies', () => {
    expect(operations(() => einsum('bij,bjk->b', a, b)).slice(0, 2)).toEqual(['sum [4,6]', 'sum [4,6]']);
  });

  it('begins with the pair of the smallest product', () => {
    const [matrix, vector] = [ones([50, 60]), ones([60])];
    const products = operations(() => einsum('ij,jk,k->i', matrix, ones([60, 60]), vector)).filter((name) =>
      name.startsWith('matmul'),
    );
    expect(products).toEqual(['matmul [1,60,1]', 'matmul [1,1,50]']);
  });

  it('gives a tensor of its own, and keeps no other', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const before = defaultEngine().memory().tensors;
    const y = einsum('ij->ij', x);
    expect(defaultEngine().memory().tensors).toBe(before + 1);
    y.dispose();
    expect([...readSync(x)]).toEqual([1, 2, 3, 4]);
    x.dispose();
  });

  it('is 0 where there is nothing to sum', () => {
    scope(() => expect([...readSync(einsum('ij,jk->ik', full([2, 0], 1), full([0, 1], 1)))]).toEqual([0, 0]));
  });
});

it('names itself where an operand was freed, or lives elsewhere', () => {
  scope(() => {
    const [a, freed] = [ones([2]), ones([2])];
    freed.dispose();
    const other = new Engine(referenceBackend());
    expect(() => einsum('i->', freed)).toThrow(/^\[einsum\] a tensor of shape \[2\] was used after it was freed/);
    expect(() => einsum('i,i->', a, ones([2], { engine: other }))).toThrow(
      /^\[einsum\] the inputs live on different engines/,
    );
    other.dispose();
  });
});
