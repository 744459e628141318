import { elementwise } from '../backends/gpu/source.ts';
import { f32Bits } from '../backends/wasm/kernel.ts';
import { DTypeError } from '../errors.ts';
import { elementsStep } from '../kernels/elementwise.ts';
import { defineOp } from '../op.ts';
import { expectShape } from '../shape/expect.ts';
import { checkDType, floats, mapElements } from './elementwise.ts';

export interface AdamStepAttrs {
  /** κ: the factor by which weight decay multiplies the value; 1 means no decay. */
  readonly keep: number;
  /** η: the learning rate, including the correction for moments that started at 0. */
  readonly rate: number;
  /** ε: added to the divisor, so that the divisor is never 0. */
  readonly eps: number;
}

// θ' = κ θ − η m / (√v + ε)
/**
 * A parameter after a step of Adam (Kingma and Ba, ICLR 2015, section 2) or AdamW (Loshchilov and Hutter, ICLR 2019).
 * The step uses m, the moving average of the gradient, and v, the moving average of the squared gradient. This one
 * operation replaces six elementwise operations, which together read and write ten times as much memory. No gradient
 * flows through the step.
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
