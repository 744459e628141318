import { elementwise } from '../backends/gpu/source.ts';
import { f32Bits } from '../backends/wasm/kernel.ts';
import type { FloatDType } from '../dtype.ts';
import { unaryStep } from '../kernels/elementwise.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { greaterOp } from './comparisons.ts';
import { checkDType, floats, mapElements, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { runWhere } from './where.ts';

export interface LeakyReluAttrs {
  /** The slope below 0. */
  readonly slope: number;
}

// y = x where x ≥ 0, else slope · x; ∂y/∂x = 1 where x > 0, else slope
export const leakyReluOp = defineOp<'x', LeakyReluAttrs>({
  name: 'leakyRelu',
  infer({ x }) {
    checkDType('leakyRelu', x.dtype, floats);
    return x;
  },
  gradients: {
    x: rule(['x'], ({ cotangent, saved: { x }, attrs: { slope } }) =>
      runWhere(runBinary(greaterOp, x, 0), cotangent, runBinary(mulOp, cotangent, slope)),
    ),
  },
  kernels: {
    reference: ({ x }, output, { slope }) =>
      mapElements([x], output, ([value = 0]) => (value >= 0 ? value : slope * value)),
    wasm: ({ x }, output, { slope }) => [unaryStep('leakyRelu_f32', x, output, [f32Bits(slope)])],
    gpu: ({ x }, output, { slope }) => elementwise({ x }, output, 'x >= 0 ? x : slope * x', { scalars: { slope } }),
  },
});

export interface LeakyReluOptions {
  /** The slope below 0; 0.01 when left out, as in PyTorch. */
  readonly slope?: number;
}

const leakyReluOptions = { slope: true };

/**
 * x where it is above 0, `slope` · x below, element by element; its derivative at 0 is `slope`. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function leakyRelu<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D>,
  options: LeakyReluOptions = {},
): Tensor<S, D> {
  checkOptions('leakyRelu', options, leakyReluOptions);
  return run(leakyReluOp, { x }, { slope: options.slope ?? 0.01 });
}
