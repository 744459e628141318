import { concat as concatPasses } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { copyStep } from '../kernels/move.ts';
import { defineOp, rule } from '../op.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { concatShape, stackShape, type Concat, type ConcatCheck, type Stack, type StackCheck } from '../shape/join.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { SliceRange } from '../shape/slice.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Named, Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { inOrder, moveElements, type Movement } from './movement.ts';
import { reshape } from './reshape.ts';
import { slice } from './slice-pad.ts';

export interface ConcatAttrs {
  readonly axis: number;
}

// y[…, startₙ + i, …] = xₙ[…, i, …], where startₙ is the sum of the sizes of the inputs before xₙ. The inputs are named
// '0', '1'…
export const concatOp = defineOp<string, ConcatAttrs>({
  name: 'concat',
  infer(inputs, { axis }) {
    const list = inOrderOfNames(inputs);
    const { shape } = concatShape('concat', shapesOf(list), axis);
    const [dtype = 'float32', ...others] = list.map((input) => input.dtype);
    const other = others.find((candidate) => candidate !== dtype);
    if (other !== undefined) {
      throw new DTypeError('concat', `the inputs are ${dtype} and ${other}; cast one to the other's dtype`);
    }
    return { shape, dtype };
  },
  gradients: {
    '*': rule([], ({ cotangent, attrs, inputs, input }) => {
      const { axis, starts } = placesOf(inputs, attrs);
      const start = starts[Number(input)] ?? 0;
      const size = sizeAt(inputs[input]?.shape ?? [], axis);
      const ranges = cotangent.shape.map((_, at): SliceRange => (at === axis ? [start, start + size] : []));
      return slice(cotangent, ranges);
    }),
  },
  kernels: {
    reference(inputs, output, attrs) {
      const { axis, starts } = placesOf(inputs, attrs);
      for (const [i, input] of inOrderOfNames(inputs).entries()) {
        moveElements(input, output, partAt(starts[i] ?? 0, axis, input.shape, output.shape));
      }
    },
    wasm(inputs, output, attrs) {
      const { axis, starts } = placesOf(inputs, attrs);
      return inOrderOfNames(inputs).map((input, i) => {
        const { shape, from, to } = partAt(starts[i] ?? 0, axis, input.shape, output.shape);
        return copyStep(shape, input.pointer, from, output.pointer, to);
      });
    },
    gpu: (inputs, output, attrs) => concatPasses(inOrderOfNames(inputs), output, placesOf(inputs, attrs).axis),
  },
});

function inOrderOfNames<T>(inputs: Named<string, T | undefined>): T[] {
  return Object.keys(inputs).flatMap((_, i) => inputs[i] ?? []);
}

function shapesOf(list: readonly Spec[]): Shape[] {
  return list.map(({ shape }) => shape);
}

/** The axis from the front, and where each input starts on it. */
function placesOf(inputs: Named<string, Spec | undefined>, attrs: ConcatAttrs): { axis: number; starts: number[] } {
  const shapes = shapesOf(inOrderOfNames(inputs));
  const { axis } = concatShape('concat', shapes, attrs.axis);
  let next = 0;
  const starts = shapes.map((shape) => {
    const start = next;
    next += sizeAt(shape, axis);
    return start;
  });
  return { axis, starts };
}

function partAt(start: number, axis: number, part: Shape, whole: Shape): Movement {
  const strides = stridesOf(whole);
  return { shape: part, from: inOrder(part), to: { offset: start * sizeAt(strides, axis), strides } };
}

/** Tensors by their shapes. (TypeScript infers shapes from the first part, the dtype from the second.) */
export type TensorList<Shapes extends readonly Shape[], D extends DType> = {
  readonly [K in keyof Shapes]: Tensor<Shapes[K], D>;
} & readonly Tensor<Shape, D>[];

/**
 * Joins tensors end to end along an existing axis.
 *
 * @param list at least one tensor; the shapes agree on all other axes
 * @throws ShapeError for an empty list, shapes that differ elsewhere, or an axis that does not exist; DTypeError for
 * unequal dtypes
 * @category Shapes and places
 */
export function concat<const Shapes extends readonly Shape[], D extends DType, const Axis extends number>(
  list: TensorList<Shapes, D>,
  axis: Axis & Fits<ConcatCheck<'concat', Shapes, Axis>>,
): Tensor<Concat<Shapes, Axis>, D> {
  const tensors: readonly Tensor[] = list;
  // Check the shapes first: an empty list is an error, and it has no engine to run on.
  const { axis: place } = concatShape('concat', shapesOf(tensors), axis);
  return run(concatOp, named(tensors), { axis: place });
}

/**
 * Joins tensors of one shape along a new axis.
 *
 * @param list at least one
 * @param axis the place of the new axis in the result
 * @throws ShapeError for an empty list, shapes that differ, or an axis that does not exist in the result; DTypeError
 * for unequal dtypes
 * @category Shapes and places
 */
export function stack<const Shapes extends readonly Shape[], D extends DType, const Axis extends number>(
  list: TensorList<Shapes, D>,
  axis: Axis & Fits<StackCheck<'stack', Shapes, Axis>>,
): Tensor<Stack<Shapes, Axis>, D> {
  const tensors: readonly Tensor[] = list;
  const place = stackShape('stack', shapesOf(tensors), axis).axis;
  return scope(() => {
    const parts = tensors.map((part) => reshape(part, part.shape.toSpliced(place, 0, 1)));
    return run(concatOp, named(parts), { axis: place });
  });
}

function named(list: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(list.map((part, i) => [`${i}`, part]));
}
