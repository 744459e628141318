import { elementwise } from '../backends/gpu/source.ts';
import { checkDTypeName, type DType } from '../dtype.ts';
import { unaryStep } from '../kernels/elementwise.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import type { Shape } from '../shape/shape.ts';
import { retain, type Tensor } from '../tensor.ts';
import { mapElements } from './elementwise.ts';

export interface CastAttrs {
  readonly dtype: DType;
}

const leastInt = -(2 ** 31);
const largestInt = 2 ** 31 - 1;

// y = x as another dtype; between float dtypes ∂y/∂x = 1
export const castOp: Op<'x', CastAttrs> = defineOp<'x', CastAttrs>({
  name: 'cast',
  infer({ x }, { dtype }) {
    checkDTypeName('cast', dtype);
    return { shape: x.shape, dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, inputs }) => run(castOp, { x: cotangent }, { dtype: inputs.x.dtype })),
  },
  kernels: {
    reference: ({ x }, output, { dtype }) => mapElements([x], output, ([value = 0]) => convert(value, dtype)),
    wasm: ({ x }, output) => [unaryStep(castKernel(x.dtype, output.dtype), x, output)],
    gpu: ({ x }, output, { dtype }) => elementwise({ x }, output, gpuText(dtype)),
  },
});

function convert(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return value;
    case 'int32':
      return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), leastInt), largestInt);
    case 'bool':
      return Number(value !== 0);
  }
}

/**
 * Names of wasm kernels. Kernels store a bool as an int32 of 0 or 1, so that they only distinguish floats from words.
 */
function castKernel(x: DType, y: DType): string {
  const isFloat = x === 'float32';
  if (y === 'bool') return isFloat ? 'nonzero_f32' : 'nonzero_i32';
  if (isFloat === (y === 'float32')) return 'copy_word';
  return isFloat ? 'truncate_f32' : 'convert_i32';
}

function gpuText(dtype: DType): string {
  if (dtype === 'bool') return 'x === 0 ? 0 : 1';
  return dtype === 'int32' ? 'x < 0 ? Math.ceil(x) : Math.floor(x)' : 'x';
}

/**
 * The elements as another dtype. If `x` already has that dtype, the result is a second handle on `x` itself. To int32,
 * fractions are cut off towards zero, values out of range become the nearest int32, and NaN becomes 0. To bool,
 * everything except 0 is true. Gradients pass between float dtypes.
 *
 * @throws DTypeError for float64 on a backend other than `reference`
 * @category Elementwise
 */
export function cast<S extends Shape, D extends DType>(x: Tensor<S>, dtype: D): Tensor<S, D> {
  return hasDType(x, dtype) ? retain(x) : run(castOp, { x }, { dtype });
}

function hasDType<S extends Shape, D extends DType>(x: Tensor<S>, dtype: D): x is Tensor<S, D> {
  return x.dtype === dtype;
}
