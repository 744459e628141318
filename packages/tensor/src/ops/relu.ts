import { elementwise } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { broadcastStep } from '../kernels/elementwise.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { floats, mapElements, runUnary, unaryOp } from './elementwise.ts';

// y = max(x, 0), ∂y/∂x = 1 where y > 0, else 0
export const reluOp = unaryOp({
  name: 'relu',
  dtypes: floats,
  reference: (x) => (x < 0 ? 0 : x),
  gpu: 'x < 0 ? 0 : x',
  gradient: rule(['output'], ({ cotangent, saved: { output } }) => run(reluGradientOp, { y: output, cotangent }, {})),
});

// g where y > 0, else 0: linear in g, and flat in y almost everywhere
export const reluGradientOp: Op<'y' | 'cotangent', object> = defineOp<'y' | 'cotangent', object>({
  name: 'reluGradient',
  infer: ({ y }) => y,
  gradients: {
    cotangent: rule(['y'], ({ cotangent, saved: { y } }) => run(reluGradientOp, { y, cotangent }, {})),
  },
  kernels: {
    reference: ({ y, cotangent }, output) => mapElements([y, cotangent], output, ([a = 0, g = 0]) => (a > 0 ? g : 0)),
    wasm: ({ y, cotangent }, output) => [broadcastStep('reluGradient_f32', [y, cotangent], output)],
    gpu: ({ y, cotangent }, output) => elementwise({ y, cotangent }, output, 'y > 0 ? cotangent : 0'),
  },
});

/**
 * max(x, 0), element by element; its derivative at 0 is 0. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool
 * @category Activations
 */
export function relu<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
  return runUnary(reluOp, x);
}
