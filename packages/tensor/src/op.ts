import type { GpuKernel } from './backends/gpu/kernel.ts';
import type { ReferenceKernel } from './backends/reference/kernel.ts';
import type { WasmKernel } from './backends/wasm/kernel.ts';
import type { FloatDType } from './dtype.ts';
import type { Shape } from './shape/shape.ts';
import type { Named, Spec } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** Inputs by name; those of `Optional` may be left out (a convolution's bias). */
export type OpInputs<In extends string, Optional extends string, T> = Named<In, T> & {
  readonly [K in Optional]?: T | undefined;
};

/** A derivative: always floating point. */
export type Gradient = Tensor<Shape, FloatDType>;

/** What a gradient rule may look at. */
export interface GradientContext<In extends string, Attrs, Saved extends string> {
  /** Gradient of the final scalar with respect to this operation's output; has the output's shape. */
  readonly cotangent: Gradient;
  /** The tensors that the rule asked to keep. */
  readonly saved: Named<Saved, Tensor>;
  readonly attrs: Attrs;
  /** Shapes and dtypes of all inputs, kept or not. */
  readonly inputs: Named<In, Spec>;
  readonly output: Spec;
  /** The input asked about; of use where one rule serves a list of inputs. */
  readonly input: string;
}

/**
 * The vector-Jacobian product for one input, and the tensors it needs for that.
 * It may return the shape that broadcasting gave: the walk sums it back.
 */
export interface GradientRule<In extends string = string, Attrs = unknown> {
  readonly saves: readonly (In | 'output')[] | ((input: string) => readonly (In | 'output')[]);
  apply(context: GradientContext<In, Attrs, string>): Gradient;
}

/**
 * Writes a gradient rule: `rule(['b'], ({ cotangent, saved: { b } }) => mul(cotangent, b))`. Where one rule serves a
 * list of inputs, what it keeps may be a function of the input's name.
 */
export function rule<In extends string, Attrs, const Saved extends In | 'output'>(
  saves: readonly Saved[] | ((input: string) => readonly Saved[]),
  apply: (context: GradientContext<In, Attrs, Saved>) => Gradient,
): GradientRule<In, Attrs> {
  return { saves, apply };
}

/** One kernel a backend; leaving one out does not compile. */
export interface Kernels<In extends string, Optional extends string, Attrs> {
  readonly reference: ReferenceKernel<In, Optional, Attrs>;
  readonly wasm: WasmKernel<In, Optional, Attrs>;
  readonly gpu: GpuKernel<In, Optional, Attrs>;
}

/** An operation's record: everything there is to know about it, in one place. */
export interface Op<In extends string = string, Attrs = unknown, Optional extends string = never> {
  readonly name: string;
  /** The package that defines the operation, for messages: `@hypercorr/conv4d`. `@hypercorr/tensor` when left out. */
  readonly package?: string;
  /** The shape rule: the output's shape and dtype, or a typed error that says what does not fit. */
  infer(inputs: OpInputs<In, Optional, Spec>, attrs: Attrs): Spec;
  /**
   * A rule for each differentiable input, `'*'` for all inputs of a list.
   * An input without a rule takes no gradient (labels, indices); `'none'` says that nobody wrote
   * the derivative of this operation, which is an error when one is asked for.
   */
  readonly gradients: { readonly [K in In | Optional | '*']?: GradientRule<In | Optional, Attrs> } | 'none';
  /** `'alias'`: the output is the first input's elements under another shape; nothing runs. */
  readonly kernels: Kernels<In, Optional, Attrs> | 'alias';
}

/**
 * Declares an operation. Public: other packages add operations, with kernels of their own, in just this way.
 *
 * @example
 * const doubleOp = defineOp<'x', object>({ name: 'double', infer: ({ x }) => x, gradients: …, kernels: … });
 * export const double = <S extends Shape>(x: Tensor<S>): Tensor<S> => run(doubleOp, { x }, {});
 */
export function defineOp<In extends string, Attrs, Optional extends string = never>(
  record: Op<In, Attrs, Optional>,
): Op<In, Attrs, Optional> {
  return record;
}

/** The names of the tensors that a rule keeps for one input. */
export function savedNames({ saves }: GradientRule, input: string): readonly string[] {
  return typeof saves === 'function' ? saves(input) : saves;
}

/** The rule for one input of a record, if it has one. */
export function gradientRule(op: Op, input: string): GradientRule | undefined {
  if (op.gradients === 'none') return undefined;
  const rules: Readonly<Record<string, GradientRule | undefined>> = op.gradients;
  return rules[input] ?? rules['*'];
}
