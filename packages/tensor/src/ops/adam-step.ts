import { elementwise } from '../backends/gpu/source.ts';
import { f32Bits } from '../backends/wasm/kernel.ts';
import { DTypeError } from '../errors.ts';
import { elementsStep } from '../kernels/elementwise.ts';
import { defineOp } from '../op.ts';
import { expectShape } from '../shape/expect.ts';
import { checkDType, floats, mapElements } from './elementwise.ts';

export interface AdamStepAttrs {
  /** The share of the value that decay leaves, κ; 1 without. */
  readonly keep: number;
  /** The learning rate, with the corrections for moments that started at 0, η. */
  readonly rate: number;
  /** Keeps the divisor from 0. */
  readonly eps: number;
}

// θ' = κ θ − η m / (√v + ε)
/**
 * A parameter after a step of Adam (Kingma and Ba, ICLR 2015, section 2) or AdamW (Loshchilov and Hutter, ICLR 2019), from
 * the moving averages m and v of its gradient and of the gradient's square. It stands in place of six elementwise
 * operations, which read and write ten times what it does. Nothing flows back through it.
 */
export const adamStepOp = defineOp<'value' | 'mean' | 'meanSquare', AdamStepAttrs>({
  name: 'adamStep',
  infer({ value, mean, meanSquare }) {
    checkDType('adamStep', value.dtype, floats);
    for (const [name, { shape, dtype }] of Object.entries({ mean, meanSquare })) {
      if (dtype !== value.dtype) {
        throw new DTypeError(
          'adamStep',
          `the value is ${value.dtype} and ${name} ${dtype}; cast one to the other's dtype`,
        );
      }
      expectShape('adamStep', name, value.shape, shape);
    }
    return value;
  },
  gradients: 'none',
  kernels: {
    reference: ({ value, mean, meanSquare }, output, { keep, rate, eps }) =>
      mapElements(
        [value, mean, meanSquare],
        output,
        ([theta = 0, m = 0, v = 0]) => keep * theta - rate * (m / (Math.sqrt(v) + eps)),
      ),
    wasm: ({ value, mean, meanSquare }, output, { keep, rate, eps }) => [
      elementsStep('adamStep_f32', [value, mean, meanSquare], output, [keep, rate, eps].map(f32Bits)),
    ],
    gpu: ({ value, mean, meanSquare }, output, { keep, rate, eps }) =>
      elementwise({ value, mean, meanSquare }, output, 'keep * value - rate * (mean / (Math.sqrt(meanSquare) + eps))', {
        scalars: { keep, rate, eps },
      }),
  },
});
