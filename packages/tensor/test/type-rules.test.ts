/**
 * The shape types against the shape rules: random shapes go through both, and the compiler is asked whether they agree.
 *
 * Of literal shapes the types know all, so result and error text must be those of the rule. With some sizes left open
 * they know less: what the rule accepts must stay accepted, and its result must belong to the type's.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ShapeError } from '../src/errors.ts';
import { broadcastShape, broadcastToShape } from '../src/shape/broadcast.ts';
import { conv2dShape, convTranspose2dShape } from '../src/shape/conv.ts';
import { einsumShape } from '../src/shape/einsum.ts';
import { gatherAxis } from '../src/shape/gather.ts';
import { concatShape, stackShape } from '../src/shape/join.ts';
import { countOfLastAxes } from '../src/shape/last-axes.ts';
import { matMulShape } from '../src/shape/matmul.ts';
import { padShape } from '../src/shape/pad.ts';
import { permuteShape, transposeOrder } from '../src/shape/permute.ts';
import { reduceShape } from '../src/shape/reduce.ts';
import { reshapeShape } from '../src/shape/reshape.ts';
import { gridSampleShape } from '../src/shape/sample.ts';
import { indexSelectShape } from '../src/shape/select.ts';
import type { Shape } from '../src/shape/shape.ts';
import { sliceShape, type SliceRange } from '../src/shape/slice.ts';
import { topKShape } from '../src/shape/sort.ts';
import { splitSizes } from '../src/shape/split.ts';
import { compile, writeGenerated } from './support/compiler.ts';

/** A call of a rule, and the same in types. */
interface RuleCase {
  readonly run: () => Shape;
  /** Type expressions: arguments first, in the order of the shapes. */
  readonly result: string;
  readonly verdict: string;
  /** The shapes that may be widened; `result` and `verdict` speak of them as `$0`, `$1`, …. */
  readonly shapes: readonly Shape[];
}

const casesPerRule = 80;
const op = `'op'`;
const sizes = (max: number) => fc.integer({ min: 1, max });
const shape = (maxLength: number, minLength = 0, size = sizes(4)) => fc.array(size, { minLength, maxLength });
const text = (list: readonly unknown[]): string =>
  `readonly [${list.map((x) => (Array.isArray(x) ? text(x) : String(x))).join(', ')}]`;

/** Shapes of which the second is mostly one that broadcasts with the first, and sometimes nearly so. */
const related = shape(4).chain((a) =>
  fc.tuple(
    fc.constant(a),
    fc
      .tuple(
        fc.nat(a.length),
        fc.array(fc.constantFrom('same', 'same', 'same', 'one', 'other'), { minLength: 4, maxLength: 4 }),
      )
      .map(([from, changes]) =>
        a.slice(from).map((size, axis) => (changes[axis] === 'one' ? 1 : changes[axis] === 'other' ? 5 - size : size)),
      ),
  ),
);
const axis = fc.integer({ min: -4, max: 4 });

const rules: Record<string, fc.Arbitrary<RuleCase>> = {
  broadcast: related.chain(([a, b]) =>
    fc.boolean().map((swap) => ({
      shapes: swap ? [b, a] : [a, b],
      run: () => (swap ? broadcastShape('op', b, a) : broadcastShape('op', a, b)),
      result: `Broadcast<$0, $1>`,
      verdict: `BroadcastCheck<${op}, $0, $1>`,
    })),
  ),
  broadcastTo: related.map(([target, source]) => ({
    shapes: [source, target],
    run: () => broadcastToShape('op', source, target),
    result: '$1',
    verdict: `BroadcastToCheck<${op}, $0, $1>`,
  })),
  reduce: fc
    .tuple(shape(4), fc.oneof(fc.constant(undefined), axis, fc.array(axis, { maxLength: 3 })), fc.boolean())
    .map(([s, axes, keepDims]) => ({
      shapes: [s],
      run: () => reduceShape('op', s, axes, keepDims).shape,
      result: `Reduce<$0, ${Array.isArray(axes) ? text(axes) : axes}, ${keepDims}>`,
      verdict: `AxesCheck<${op}, $0, ${Array.isArray(axes) ? text(axes) : axes}>`,
    })),
  reshape: fc
    .tuple(shape(4, 0, sizes(40)), fc.nat(4), fc.boolean(), fc.infiniteStream(fc.nat()))
    .map(([s, cut, open, random]) => {
      const merged = [...s.slice(0, cut), s.slice(cut).reduce((product, size) => product * size, 1)];
      const target = merged.toSorted(() => ((random.next().value ?? 0) % 3) - 1);
      if (open) target[0] = -1;
      else if ((random.next().value ?? 0) % 2 === 0) target[0] = (target[0] ?? 0) + 1;
      return {
        shapes: [s],
        run: () => reshapeShape('op', s, target),
        result: `Reshape<$0, ${text(target)}>`,
        verdict: `ReshapeCheck<${op}, $0, ${text(target)}>`,
      };
    }),
  permute: shape(4)
    .chain((s) =>
      fc.tuple(
        fc.constant(s),
        fc.oneof(
          fc.shuffledSubarray([...s.keys()], { minLength: s.length }),
          fc.array(axis, { minLength: s.length, maxLength: s.length }),
          fc.array(axis, { maxLength: 4 }),
        ),
      ),
    )
    .map(([s, order]) => ({
      shapes: [s],
      run: () => permuteShape('op', s, order).shape,
      result: `Permute<$0, ${text(order)}>`,
      verdict: `PermuteCheck<${op}, $0, ${text(order)}>`,
    })),
  transpose: fc.tuple(shape(4, 1), axis).map(([s, a]) => ({
    shapes: [s],
    run: () => permuteShape('op', s, transposeOrder('op', s, a, -1)).shape,
    result: `Transpose<$0, ${a}, -1>`,
    verdict: `AxisCheck<${op}, $0, ${a}>`,
  })),
  slice: fc
    .tuple(shape(3), fc.array(fc.constantFrom<SliceRange>([], [1], [0, -1], [0, 3, 2]), { maxLength: 4 }))
    .map(([s, ranges]) => ({
      shapes: [s],
      run: () => sliceShape('op', s, ranges).shape,
      result: `Slice<$0, ${text(ranges)}>`,
      verdict: `SliceCheck<${op}, $0, ${text(ranges)}>`,
    })),
  pad: shape(3, 0, sizes(1200))
    .chain((s) =>
      fc.tuple(
        fc.constant(s),
        fc.array(fc.tuple(fc.nat(120), fc.nat(9)), { minLength: s.length, maxLength: s.length + 1 }),
      ),
    )
    .map(([s, widths]) => ({
      shapes: [s],
      run: () => padShape('op', s, widths),
      result: `Pad<$0, ${text(widths)}>`,
      verdict: `PadCheck<${op}, $0, ${text(widths)}>`,
    })),
  concat: fc
    .tuple(shape(3, 0, sizes(300)), axis, fc.array(sizes(999), { maxLength: 2 }), fc.integer({ min: 0, max: 9 }))
    .map(([s, at, others, fault]) => {
      const place = at < 0 ? at + s.length : at;
      const list = [s, ...others.map((size) => s.map((old, i) => (i === place ? size : fault === i ? old + 1 : old)))];
      return {
        shapes: list,
        run: () => concatShape('op', list, at).shape,
        result: `Concat<readonly [${list.map((_, i) => `$${i}`).join(', ')}], ${at}>`,
        verdict: `ConcatCheck<${op}, readonly [${list.map((_, i) => `$${i}`).join(', ')}], ${at}>`,
      };
    }),
  stack: fc.tuple(related, axis, fc.boolean()).map(([[a, b], at, equal]) => {
    const list = equal ? [a, a] : [a, b];
    return {
      shapes: list,
      run: () => stackShape('op', list, at).shape,
      result: `Stack<readonly [$0, $1], ${at}>`,
      verdict: `StackCheck<${op}, readonly [$0, $1], ${at}>`,
    };
  }),
  indexSelect: fc.tuple(shape(4), axis, sizes(9)).map(([s, at, count]) => ({
    shapes: [s],
    run: () => indexSelectShape('op', s, at, count).shape,
    result: `IndexSelect<$0, ${at}, ${count}>`,
    verdict: `AxisCheck<${op}, $0, ${at}>`,
  })),
  gather: fc
    .tuple(
      shape(4, 0, sizes(120)),
      axis,
      fc.array(fc.integer({ min: -2, max: 1 }), { minLength: 4, maxLength: 4 }),
      fc.nat(9),
    )
    .map(([s, at, changes, fault]) => {
      const index = s.map((size, i) => Math.max(0, size + (changes[i] ?? 0) - (i % 2))).slice(fault === 0 ? 1 : 0);
      return {
        shapes: [s, index],
        run: () => {
          gatherAxis('op', s, index, at);
          return index;
        },
        result: '$1',
        verdict: `GatherCheck<${op}, $0, $1, ${at}>`,
      };
    }),
  topK: fc.tuple(shape(3, 0, sizes(120)), fc.constantFrom(-1, 0, 1.5, 2, 9, 37, 100), axis).map(([s, k, at]) => ({
    shapes: [s],
    run: () => topKShape('op', s, k, at).shape,
    result: `IndexSelect<$0, ${at}, ${k}>`,
    verdict: `TopKCheck<${op}, $0, ${k}, ${at}>`,
  })),
  split: fc
    .tuple(shape(3, 1, sizes(400)), axis, fc.nat(400), fc.integer({ min: -1, max: 5 }))
    .map(([s, at, cut, fault]) => {
      const place = at < 0 ? at + s.length : at;
      const whole = s[place] ?? 3;
      const parts = [Math.min(cut, whole), whole - Math.min(cut, whole) + (fault < 1 ? fault : 0)];
      return {
        shapes: [s],
        run: () => s.with(splitSizes('op', s, parts, at).axis, parts[1] ?? 0),
        result: `Split<$0, ${text(parts)}, ${at}>[1]`,
        verdict: `SplitCheck<${op}, $0, ${text(parts)}, ${at}>`,
      };
    }),
  einsum: fc
    .tuple(
      fc.array(sizes(4), { minLength: 4, maxLength: 4 }),
      fc.array(fc.array(fc.nat(3), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(4), { maxLength: 3 }),
      fc.nat(12),
    )
    .map(([lengths, terms, output, fault]) => {
      const letters = 'cAbZz';
      const word = (term: readonly number[]): string => term.map((letter) => letters[letter]).join('');
      const equation = `${terms.map(word).join(fault === 0 ? ';' : ', ')}${fault % 2 === 0 ? ` -> ${word(output)}` : ''}`;
      const list = terms.map((term, i) =>
        term.map((letter) => (lengths[letter] ?? 1) + (fault === 1 && i > 0 ? 1 : 0)).slice(fault === 2 ? 1 : 0),
      );
      const operands = fault === 3 ? list.slice(1) : list;
      const types = `readonly [${operands.map((_, i) => `$${i}`).join(', ')}]`;
      return {
        shapes: operands,
        run: () => einsumShape('op', equation, operands).shape,
        result: `Einsum<'${equation}', ${types}>`,
        verdict: `EinsumCheck<${op}, '${equation}', ${types}>`,
      };
    }),
  matmul: fc
    .tuple(related, shape(3, 1, sizes(3)), fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 9 }))
    .map(([[aBatch, bBatch], [m = 1, k = 2, n = 3], ta, tb, fault]) => {
      const inner = fault === 0 ? k + 1 : k;
      const a = fault === 1 ? [k] : [...aBatch.slice(0, 2), ...(ta ? [k, m] : [m, k])];
      const b = [...bBatch.slice(0, 2), ...(tb ? [n, inner] : [inner, n])];
      return {
        shapes: [a, b],
        run: () => matMulShape('op', a, b, ta, tb).shape,
        result: `MatMul<$0, $1, ${ta}, ${tb}>`,
        verdict: `MatMulCheck<${op}, $0, $1, ${ta}, ${tb}>`,
      };
    }),
  conv2d: fc
    .tuple(sizes(4), sizes(64), sizes(4), fc.integer({ min: 0, max: 3 }))
    .map(([groups, channels, outputs, fault]) => {
      const x = [2, channels * groups + (fault === 0 ? 1 : 0), 9, 9].slice(0, fault === 1 ? 3 : 4);
      const weight = [outputs * groups, channels, 3, 3];
      const window = { stride: [1, 1], padding: [0, 0], dilation: [1, 1] } as const;
      return {
        shapes: [x, weight],
        run: () => conv2dShape('op', x, weight, window, groups),
        result: 'Conv2d<$0, $1>',
        verdict: `Conv2dCheck<${op}, $0, $1, ${groups}>`,
      };
    }),
  convTranspose2d: fc
    .tuple(sizes(4), sizes(64), sizes(40), fc.integer({ min: 0, max: 3 }))
    .map(([groups, outputs, channels, fault]) => {
      const x = [2, channels * groups, 9, 9].slice(0, fault === 1 ? 3 : 4);
      const weight = [channels * groups + (fault === 0 ? 1 : 0), outputs, 3, 3];
      const window = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], outputPadding: [0, 0] } as const;
      return {
        shapes: [x, weight],
        run: () => convTranspose2dShape('op', x, weight, window, groups),
        result: `ConvTranspose2d<$0, $1, ${groups}>`,
        verdict: `ConvTranspose2dCheck<${op}, $0, $1>`,
      };
    }),
  gridSample: fc
    .tuple(shape(5, 3), shape(3, 2), fc.constantFrom(2, 2, 2, 3), sizes(4))
    .map(([x, places, coordinates, batch]) => {
      const grid = [x.length === 4 ? (x[0] ?? 1) : batch, ...places, coordinates];
      const [images, shifted] = [x, batch === 4 ? grid.with(0, 7) : grid];
      return {
        shapes: [images, shifted],
        run: () => gridSampleShape('op', images, shifted),
        result: 'GridSample<$0, $1>',
        verdict: `GridSampleCheck<${op}, $0, $1>`,
      };
    }),
  lastAxes: fc.tuple(shape(4), fc.nat(4), fc.constantFrom(0, 0, 1)).map(([x, from, fault]) => {
    const last = x.slice(Math.min(from, x.length)).map((size, i) => (i === 0 ? size + fault : size));
    return {
      shapes: [x, last],
      run: () => {
        countOfLastAxes('op', 'x', x, last);
        return x;
      },
      result: '$0',
      verdict: `LastAxesCheck<${op}, 'x', $0, $1>`,
    };
  }),
};

// What the types cannot say, and leave to run time: the size of a -1 that is no whole number.
const runTimeOnly = /leave no size for the -1/;

/** Rules whose result's sizes are `number` on purpose. */
const openResults = new Set(['slice', 'conv2d', 'convTranspose2d', 'reshape']);

function outcome(run: () => Shape): { shape: Shape } | { error: string } {
  try {
    return { shape: run() };
  } catch (error) {
    if (error instanceof ShapeError) return { error: error.message };
    throw error;
  }
}

const fill = (type: string, shapes: readonly string[]): string =>
  shapes.reduce((filled, argument, i) => filled.replaceAll(`$${i}`, argument), type);

function literalClaim(name: string, { shapes, result, verdict, run }: RuleCase): string {
  const ruled = outcome(run);
  const types = shapes.map(text);
  if ('error' in ruled) {
    const expected = runTimeOnly.test(ruled.error) ? 'true' : JSON.stringify(ruled.error);
    return `Equal<${fill(verdict, types)}, ${expected}>`;
  }
  const agrees = openResults.has(name) ? 'Extends' : 'Equal';
  return `And<Equal<${fill(verdict, types)}, true>, ${agrees}<${text(ruled.shape)}, ${fill(result, types)}>>`;
}

function widenedClaim({ shapes, result, verdict, run }: RuleCase, pattern: readonly number[]): string | undefined {
  const ruled = outcome(run);
  if ('error' in ruled) return undefined;
  const types = shapes.map((sizes_, i) =>
    pattern[i] === 0
      ? 'Shape'
      : text(sizes_.map((size, j) => ((pattern[(i + j) % pattern.length] ?? 0) < 3 ? 'number' : size))),
  );
  return `And<Equal<${fill(verdict, types)}, true>, Extends<${text(ruled.shape)}, ${fill(result, types)}>>`;
}

const prelude = `import type { Shape } from '../src/shape/shape.ts';
import type { Equal } from '../test-d/support.ts';
import type {
  Broadcast, Concat, Conv2d, ConvTranspose2d, Einsum, GridSample, IndexSelect, MatMul, Pad, Permute, Reduce, Reshape, Slice, Split,
  Stack, Transpose,
} from '../src/shape/index.ts';
import type {
  AxesCheck, AxisCheck, BroadcastCheck, BroadcastToCheck, ConcatCheck, Conv2dCheck, ConvTranspose2dCheck, EinsumCheck,
  GatherCheck, GridSampleCheck, LastAxesCheck, MatMulCheck, PadCheck, PermuteCheck, ReshapeCheck, SliceCheck, SplitCheck,
  StackCheck, TopKCheck,
} from '../src/shape/rules.ts';
type Extends<T, U> = [T] extends [U] ? true : false;
type And<P extends boolean, Q extends boolean> = [P, Q] extends [true, true] ? true : false;
type Claim<T extends true> = T;
`;

/** Has the compiler check claims, and returns those that are false. */
async function falseClaims(file: string, claims: readonly string[]): Promise<string[]> {
  const lines = claims.map((claim, i) => `export type C${i} = Claim<${claim}>;`);
  const path = await writeGenerated(file, prelude + lines.join('\n'));
  const { diagnostics } = await compile(path);
  const offset = prelude.split('\n').length;
  return diagnostics.map(({ line, text: message }) => `${lines[line - offset] ?? ''}\n    ${message}`);
}

describe('shape types', () => {
  test('say of literal shapes what the rules say, in the same words', { timeout: 60_000 }, async () => {
    const claims = Object.entries(rules).flatMap(([name, cases]) =>
      fc.sample(cases, casesPerRule).map((ruleCase) => literalClaim(name, ruleCase)),
    );
    expect(claims.some((claim) => claim.includes('[op] '))).toBe(true);
    expect(await falseClaims('literal-shapes.ts', claims)).toEqual([]);
  });

  test('accept all that the rules accept, where sizes or ranks are open', { timeout: 60_000 }, async () => {
    const pattern = fc.array(fc.nat(9), { minLength: 5, maxLength: 5 });
    const claims = Object.values(rules).flatMap((cases) =>
      fc
        .sample(fc.tuple(cases, pattern), casesPerRule)
        .flatMap(([ruleCase, open]) => widenedClaim(ruleCase, open) ?? []),
    );
    expect(await falseClaims('widened-shapes.ts', claims)).toEqual([]);
  });

  test('a false claim is found', { timeout: 60_000 }, async () => {
    const found = await falseClaims('false-claim.ts', ['Equal<Broadcast<readonly [2], readonly [1]>, readonly [1]>']);
    expect(found).toHaveLength(1);
  });
});
