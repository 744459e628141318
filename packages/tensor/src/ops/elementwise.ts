import { elementwise } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { WasmView } from '../backends/wasm/kernel.ts';
import { constant } from '../create.ts';
import type { DType } from '../dtype.ts';
import type { Engine } from '../engine.ts';
import { DTypeError } from '../errors.ts';
import { broadcastStep, unaryStep } from '../kernels/elementwise.ts';
import { defineOp, type GradientRule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { broadcastShape, type BroadcastCheck } from '../shape/broadcast.ts';
import type { Shape } from '../shape/shape.ts';
import { broadcastStrides } from '../shape/strides.ts';
import { Tensor } from '../tensor.ts';

/**
 * An operand of an elementwise operation with two inputs: a tensor, or a number that takes the dtype of the other
 * operand.
 */
export type Operand<S extends Shape, D extends DType> = Tensor<S, D> | number;

/**
 * Verdict: the operands broadcast and have one dtype. A number's dtype is `never`, because a number takes the dtype of
 * the other operand. So the dtype of the result is `D | E`.
 */
export type OperandsCheck<Op extends string, A extends Shape, B extends Shape, D extends DType, E extends DType> =
  BroadcastCheck<Op, A, B> extends infer Refusal extends string
    ? Refusal
    : [D] extends [never]
      ? true
      : [E] extends [never]
        ? true
        : [D & E] extends [never]
          ? `[${Op}] the inputs are ${D} and ${E}; cast one to the other's dtype`
          : true;

export interface BinaryDefinition {
  readonly name: string;
  /** The dtypes that the operation takes; both inputs have the same. */
  readonly dtypes: readonly DType[];
  /** The dtype of the result: `bool` for comparisons; that of the inputs when left out. */
  readonly result?: 'bool';
  /** The operation whose wasm kernels give the result with the inputs exchanged, as `less` does for `greater`. */
  readonly exchanged?: string;
  readonly reference: (a: number, b: number) => number;
  /** The same on int32, where doubles would lose the low bits of results that wrap around. */
  readonly wrapping?: (a: number, b: number) => number;
  /** The expression of `a` and `b` in a GPU kernel. */
  readonly gpu: string;
  /** The same on int32, where it is another. */
  readonly gpuWrapping?: string;
  readonly gradients: { readonly a?: GradientRule<'a' | 'b', object>; readonly b?: GradientRule<'a' | 'b', object> };
}

/** An elementwise operation of two inputs with broadcasting; its wasm kernels are `<name>_f32` and `<name>_i32`. */
export function binaryOp(definition: BinaryDefinition): Op<'a' | 'b', object> {
  const {
    name,
    dtypes,
    result,
    exchanged,
    reference,
    wrapping = reference,
    gpu,
    gpuWrapping = gpu,
    gradients,
  } = definition;
  return defineOp<'a' | 'b', object>({
    name,
    infer({ a, b }) {
      checkDType(name, a.dtype, dtypes);
      if (a.dtype !== b.dtype) {
        throw new DTypeError(name, `the inputs are ${a.dtype} and ${b.dtype}; cast one to the other's dtype`);
      }
      return { shape: broadcastShape(name, a.shape, b.shape), dtype: result ?? a.dtype };
    },
    gradients,
    kernels: {
      reference({ a, b }, output) {
        const compute = a.dtype === 'int32' ? wrapping : reference;
        mapElements([a, b], output, ([x = 0, y = 0]) => compute(x, y));
      },
      wasm: ({ a, b }, output) => [
        broadcastStep(`${exchanged ?? name}_${kernelType(a)}`, exchanged === undefined ? [a, b] : [b, a], output),
      ],
      gpu: ({ a, b }, output) => elementwise({ a, b }, output, a.dtype === 'int32' ? gpuWrapping : gpu),
    },
  });
}

export interface UnaryDefinition {
  readonly name: string;
  readonly dtypes: readonly DType[];
  readonly reference: (x: number) => number;
  /** The same on int32, where doubles would lose the low bits of results that wrap around. */
  readonly wrapping?: (x: number) => number;
  /** The expression of `x` in a GPU kernel. */
  readonly gpu: string;
  /** Missing where the operation is piecewise constant. */
  readonly gradient?: GradientRule<'x', object>;
}

/** An elementwise operation of one input; its wasm kernels are `<name>_f32` and, if it takes int32, `<name>_i32`. */
export function unaryOp({
  name,
  dtypes,
  reference,
  wrapping = reference,
  gpu,
  gradient,
}: UnaryDefinition): Op<'x', object> {
  return defineOp<'x', object>({
    name,
    infer({ x }) {
      checkDType(name, x.dtype, dtypes);
      return { shape: x.shape, dtype: x.dtype };
    },
    gradients: gradient === undefined ? {} : { x: gradient },
    kernels: {
      reference({ x }, output) {
        const compute = x.dtype === 'int32' ? wrapping : reference;
        mapElements([x], output, ([value = 0]) => compute(value));
      },
      wasm: ({ x }, output) => [unaryStep(`${name}_${kernelType(x)}`, x, output)],
      gpu: ({ x }, output) => elementwise({ x }, output, gpu),
    },
  });
}

/** Runs an elementwise operation of one input. */
export function runUnary<S extends Shape, D extends DType>(op: Op<'x', object>, x: Tensor<S, DType>): Tensor<S, D> {
  return run(op, { x }, {});
}

/** Runs an operation of two operands, of which one may be a number. */
export function runBinary<S extends Shape, D extends DType>(
  op: Op<'a' | 'b', object>,
  a: Operand<Shape, DType>,
  b: Operand<Shape, DType>,
): Tensor<S, D> {
  if (a instanceof Tensor && b instanceof Tensor) return run(op, { a, b }, {});
  const like = [a, b].find((operand) => operand instanceof Tensor);
  if (like === undefined) throw new DTypeError(op.name, 'at least one input must be a tensor');
  const { dtype, engine } = like;
  return scope(() => run(op, { a: asTensor(op.name, a, dtype, engine), b: asTensor(op.name, b, dtype, engine) }, {}));
}

/** A tensor stays as it is. A number becomes a tensor without axes, which the surrounding scope frees. */
export function asTensor(op: string, operand: Operand<Shape, DType>, dtype: DType | undefined, engine: Engine): Tensor {
  if (operand instanceof Tensor) return operand;
  return constant(op, operand, dtype ?? 'float32', engine);
}

/** @throws DTypeError unless `dtype` is among those that the operation takes */
export function checkDType(op: string, dtype: DType, allowed: readonly DType[]): void {
  if (!allowed.includes(dtype)) {
    throw new DTypeError(op, `takes ${allowed.join(' or ')} tensors, got ${dtype}; cast it first`);
  }
}

/** @throws RangeError unless an option is one of its allowed words: JavaScript callers have no type check */
export function checkChoice<Word extends string>(
  op: string,
  option: string,
  given: Word,
  words: readonly Word[],
): void {
  if (!words.includes(given))
    throw new RangeError(`[${op}] ${option} is ${String(given)}, and has to be ${words.join(' or ')}`);
}

/** The suffix of the kernel for a view's elements. */
export function kernelType({ dtype }: Pick<WasmView, 'dtype'>): 'f32' | 'i32' {
  return dtype === 'float32' ? 'f32' : 'i32';
}

/** The definition of every elementwise operation: `compute` on the elements that broadcasting brings together. */
export function mapElements(
  inputs: readonly NdArray[],
  output: NdArray,
  compute: (elements: readonly number[]) => number,
): void {
  const strides = inputs.map((input) => broadcastStrides(input.shape, output.shape));
  const elements = new Array<number>(inputs.length).fill(0);
  forEachOffset(output.shape, strides, (position, offsets) => {
    for (const [i, input] of inputs.entries()) elements[i] = input.data[offsets[i] ?? 0] ?? 0;
    output.data[position] = compute(elements);
  });
}

export const floats = ['float32', 'float64'] as const satisfies readonly DType[];
export const numbers = ['float32', 'float64', 'int32'] as const satisfies readonly DType[];
