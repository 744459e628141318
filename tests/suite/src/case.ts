import { fold, key, type Shape, type Tensor } from '@hypercorr/tensor';
import { gradientRule, sizeOf, type Op, type OpInputs } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { between, type Fill } from './fills.ts';
import type { DTypeOf, HostTensor, Kind } from './host.ts';

/** Where elements are drawn from: everywhere, or only where central differences see no kink. */
export type Domain = 'everywhere' | 'smooth';

/** One input of an operation, before its elements are drawn. */
export interface InputSpec<K extends Kind = Kind, S extends Shape = Shape> {
  readonly kind: K;
  readonly shape: S;
  readonly fill: Fill;
  /** The elements for gradient checks, where `fill` comes near kinks. */
  readonly smooth: Fill;
}

/** A float input; `smooth` is needed where `fill` comes near kinks. */
export function float<const S extends Shape>(
  shape: S,
  fill: Fill = between(-2, 2),
  smooth: Fill = fill,
): InputSpec<'float', S> {
  return { kind: 'float', shape, fill, smooth };
}

export function int32<const S extends Shape>(shape: S, fill: Fill): InputSpec<'int32', S> {
  return { kind: 'int32', shape, fill, smooth: fill };
}

/** Zeros and ones, as `fill` gives them. */
export function bool<const S extends Shape>(shape: S, fill: Fill): InputSpec<'bool', S> {
  return { kind: 'bool', shape, fill, smooth: fill };
}

type InputSpecs = Readonly<Record<string, InputSpec | undefined>>;

/** The tensors that a call gets: one for each input, typed by its kind. */
export type TensorsOf<I extends InputSpecs> = {
  readonly [K in keyof I]: I[K] extends InputSpec<infer Of, infer S>
    ? Tensor<S, DTypeOf<Of>>
    : I[K] extends InputSpec<infer Of, infer S> | undefined
      ? Tensor<S, DTypeOf<Of>> | undefined
      : never;
};

/** A plain value that fixes a case: what fast-check prints when it finds a failure, to be kept in `examples`. */
export interface Sample<G = unknown> {
  readonly geometry: G;
  readonly seed: number;
}

export interface CaseDefinition<G, I extends InputSpecs> {
  /** Random shapes and attributes, all valid. */
  readonly geometry: fc.Arbitrary<G>;
  /** Shapes that every backend runs, the slowest too: few, with all corners of the operation among them. */
  readonly fixed: readonly G[];
  /** Shapes large enough to be split over threads. */
  readonly large?: readonly G[];
  /** Such shapes where the definition would take seconds: only threads are compared on them. */
  readonly huge?: readonly G[];
  /** Samples that once failed. */
  readonly examples?: readonly Sample<G>[];
  /** The inputs, under the names that the record gives them. */
  readonly inputs: (geometry: G) => I;
  /** Calls the operation as a user does. */
  readonly call: (tensors: TensorsOf<I>, geometry: G) => Tensor;
  /** Elements are only moved: results are equal, not just close. */
  readonly exact?: boolean;
  /** Inputs in which the operation is affine, the others held fast. */
  readonly linear?: readonly (keyof I & string)[];
  /** Whether gradients of gradients are defined; `refused` where one of the rules has no derivative. */
  readonly second?: 'defined' | 'refused';
}

/** One concrete call: inputs on the host, and how to run it on tensors of them. */
export interface Draw {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** The inputs that gradients flow to. */
  readonly differentiable: readonly string[];
  /** The elements of the cotangent for an output of that size, where it is a certain one. */
  readonly cotangent?: (size: number) => ArrayLike<number>;
  run(tensors: Readonly<Record<string, Tensor>>): Tensor;
}

/** Everything that the common tests need to know of one operation. */
export interface OpCase<G = unknown> {
  readonly name: string;
  /** Missing for functions that are composed of operations. */
  readonly op: Op | undefined;
  readonly samples: fc.Arbitrary<Sample<G>>;
  readonly fixed: readonly Sample<G>[];
  readonly large: readonly Sample<G>[];
  readonly huge: readonly Sample<G>[];
  readonly examples: readonly Sample<G>[];
  readonly exact: boolean;
  readonly linear: readonly string[];
  readonly second: 'defined' | 'refused';
  draw(sample: Sample<G>, domain: Domain): Draw;
}

/** Ties a record to the ways in which it is drawn and called. */
export function opCase<
  G,
  In extends string,
  Attrs,
  I extends OpInputs<In, Optional, InputSpec>,
  Optional extends string = never,
>(op: Op<In, Attrs, Optional>, definition: CaseDefinition<G, I>): OpCase<G> {
  return makeCase(op.name, op, definition);
}

/** The same for a function that has no record of its own. */
export function functionCase<G, I extends InputSpecs>(name: string, definition: CaseDefinition<G, I>): OpCase<G> {
  return makeCase(name, undefined, definition);
}

function makeCase<G, I extends InputSpecs>(
  name: string,
  op: Op | undefined,
  definition: CaseDefinition<G, I>,
): OpCase<G> {
  const {
    geometry,
    fixed,
    large = [],
    huge = [],
    examples = [],
    exact = false,
    linear = [],
    second = 'defined',
  } = definition;
  const sample = (of: G): Sample<G> => ({ geometry: of, seed: 1 });
  const isDifferentiable = (input: string) => op === undefined || gradientRule(op, input) !== undefined;
  return {
    name,
    op,
    examples,
    exact,
    linear,
    second,
    samples: fc.record({ geometry, seed: fc.nat({ max: 9999 }) }),
    fixed: fixed.map(sample),
    large: large.map(sample),
    huge: huge.map(sample),
    draw({ geometry: of, seed }, domain) {
      const inputs: Record<string, HostTensor> = {};
      for (const [index, [input, spec]] of Object.entries(definition.inputs(of)).entries()) {
        if (spec === undefined) continue;
        const { kind, shape, fill, smooth } = spec;
        const draw = domain === 'smooth' ? smooth : fill;
        inputs[input] = { kind, shape, values: draw(fold(key(seed), index), sizeOf(shape)) };
      }
      return {
        inputs,
        differentiable: Object.keys(inputs).filter(
          (input) => inputs[input]?.kind === 'float' && isDifferentiable(input),
        ),
        // Names and kinds of `tensors` are those of `inputs`, whose type this is.
        run: (tensors) => definition.call(tensors as TensorsOf<I>, of),
      };
    },
  };
}
