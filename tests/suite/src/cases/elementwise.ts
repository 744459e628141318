import type { Shape, Tensor } from '@hypercorr/tensor';
import type { Op } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { bool, float, int32, opCase, type CaseDefinition, type InputSpec, type OpCase } from '../case.ts';
import { anchored, between, scaled, whole, type Fill } from '../fills.ts';
import type { DTypeOf, Kind } from '../host.ts';
import { broadcastable, shapes } from '../shapes.ts';

type TensorOf<K extends Kind> = Tensor<Shape, DTypeOf<K>>;

/** What a float input is filled with: everywhere, and away from kinks. */
export interface Fills {
  readonly fill: Fill;
  readonly smooth?: Fill;
  /**
   * A value that the first element always has, for functions that saturate: far out their gradient is a difference
   * of nearly equal numbers, so only beside an element further in can it be held to the largest.
   */
  readonly anchor?: number;
}

const usual: Fills = { fill: between(-2, 2) };

/** An input of any kind: whole numbers, truth values, or floats from `fills`. */
export function anyKind<K extends Kind>(kind: K, shape: Shape, fills?: Fills, scale?: number): InputSpec<K>;
export function anyKind(
  kind: Kind,
  shape: Shape,
  { fill, smooth = fill, anchor }: Fills = usual,
  scale = 1,
): InputSpec {
  if (kind === 'bool') return bool(shape, whole(0, 1));
  return kind === 'int32' ? int32(shape, whole(-9, 9)) : float(shape, anchored(anchor, scaled(scale, fill)), smooth);
}

interface BinaryGeometry<K extends Kind> {
  readonly kind: K;
  readonly a: Shape;
  readonly b: Shape;
}

interface BinaryOptions<K extends Kind> extends Pick<
  CaseDefinition<BinaryGeometry<K>, Readonly<Record<'a' | 'b', InputSpec>>>,
  'exact' | 'linear' | 'second' | 'examples'
> {
  readonly a?: Fills;
  readonly b?: Fills;
}

/** An operation of two inputs that broadcast, on the element types `kinds`. */
export function binaryCase<K extends Kind>(
  op: Op<'a' | 'b', object>,
  kinds: readonly K[],
  call: (a: TensorOf<K>, b: TensorOf<K>) => Tensor,
  { a: aFills = usual, b: bFills = usual, ...rest }: BinaryOptions<K> = {},
): OpCase<BinaryGeometry<K>> {
  const ofAllKinds = (list: readonly { a: Shape; b: Shape }[]) =>
    kinds.flatMap((kind) => list.map((pair) => ({ kind, ...pair })));
  return opCase(op, {
    geometry: fc
      .record({ kind: fc.constantFrom(...kinds), pair: broadcastable(2, { empty: true }) })
      .map(({ kind, pair: [a = [], b = []] }) => ({ kind, a, b })),
    fixed: ofAllKinds([
      { a: [2, 3, 5], b: [2, 3, 5] },
      { a: [2, 1, 5], b: [3, 1] },
      { a: [], b: [7] },
      { a: [0, 3], b: [3] },
      { a: [2, 1, 2, 1, 3], b: [2, 2, 1] },
    ]),
    large: ofAllKinds([
      { a: [70_003], b: [70_003] },
      { a: [5, 1, 9001], b: [3, 1] },
    ]),
    inputs: ({ kind, a, b }) => ({ a: anyKind(kind, a, aFills), b: anyKind(kind, b, bFills) }),
    call: ({ a, b }) => call(a, b),
    ...rest,
  });
}

interface UnaryGeometry<K extends Kind> {
  readonly kind: K;
  readonly shape: Shape;
  /** Of float elements. */
  readonly scale: number;
}

interface UnaryOptions<K extends Kind> extends Pick<
  CaseDefinition<UnaryGeometry<K>, Readonly<Record<'x', InputSpec>>>,
  'exact' | 'linear' | 'second' | 'examples'
> {
  readonly x?: Fills;
  /** Further scales of float elements, where the function is another to rounding. */
  readonly scales?: readonly number[];
}

/** An operation of one input, element by element, on the element types `kinds`. */
export function unaryCase<K extends Kind>(
  op: Op<'x', object>,
  kinds: readonly K[],
  call: (x: TensorOf<K>) => Tensor,
  { x: xFills = usual, scales = [0.01, 20], ...rest }: UnaryOptions<K> = {},
): OpCase<UnaryGeometry<K>> {
  const ofAllKinds = (list: readonly Omit<UnaryGeometry<K>, 'kind'>[]) =>
    kinds.flatMap((kind) => list.map((rest) => ({ kind, ...rest })));
  return opCase(op, {
    geometry: fc.record({
      kind: fc.constantFrom(...kinds),
      shape: shapes({ empty: true }),
      scale: fc.constantFrom(1, ...scales),
    }),
    fixed: ofAllKinds([
      { shape: [2, 3, 5], scale: 1 },
      { shape: [], scale: 1 },
      { shape: [0, 4], scale: 1 },
      ...scales.map((scale) => ({ shape: [1, 37], scale })),
    ]),
    large: ofAllKinds([{ shape: [3, 30_001], scale: 1 }]),
    inputs: ({ kind, shape, scale }) => ({ x: anyKind(kind, shape, xFills, scale) }),
    call: ({ x }) => call(x),
    ...rest,
  });
}
