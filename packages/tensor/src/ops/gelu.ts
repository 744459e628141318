import { elementwise } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { unaryStep } from '../kernels/elementwise.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import type { Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { checkChoice, checkDType, floats, mapElements, runBinary, runUnary } from './elementwise.ts';
import { erfOp, errorFunction } from './erf.ts';
import { expOp } from './exp.ts';
import { mulOp } from './mul.ts';
import { sigmoidOp } from './sigmoid.ts';
import { squareOp } from './square.ts';
import { subOp } from './sub.ts';

export interface GeluAttrs {
  /**
   * How the normal distribution function is computed: by erf (`'none'`), or by the approximation with tanh (`'tanh'`).
   */
  readonly approximate: 'none' | 'tanh';
}

/** Constants of the approximation: Φ(x) ≈ (1 + tanh u)/2 = sigmoid 2u with u = √(2/π) (x + 0.044715 x³). */
const scale = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

// y = x Φ(x) with the normal distribution function Φ(x) = (1 + erf(x/√2))/2; ∂y/∂x = Φ(x) + x Φ′(x)
export const geluOp = defineOp<'x', GeluAttrs>({
  name: 'gelu',
  infer({ x }, { approximate }) {
    checkDType('gelu', x.dtype, floats);
    checkChoice('gelu', 'approximate', approximate, ['none', 'tanh']);
    return x;
  },
  gradients: {
    x: rule(['x'], ({ cotangent, saved: { x }, attrs: { approximate } }) => {
      const { share, density } = approximate === 'tanh' ? logisticNormal(x) : normal(x);
      return runBinary(mulOp, cotangent, runBinary(addOp, share, runBinary(mulOp, x, density)));
    }),
  },
  kernels: {
    reference(inputs, output, { approximate }) {
      const distribution =
        approximate === 'tanh'
          ? (x: number) => 1 / (1 + Math.exp(-scale * (x + cubic * x ** 3)))
          : (x: number) => 0.5 * (1 + errorFunction(x * Math.SQRT1_2));
      mapElements([inputs.x], output, ([x = 0]) => x * distribution(x));
    },
    wasm: ({ x }, output, { approximate }) => [
      unaryStep(approximate === 'tanh' ? 'geluTanh_f32' : 'gelu_f32', x, output),
    ],
    gpu: ({ x }, output, { approximate }) =>
      elementwise(
        { x },
        output,
        approximate === 'tanh'
          ? `x * sigmoidf(${scale} * (x + ${cubic} * x * x * x))`
          : `x * 0.5 * (1 + erff(x * ${Math.SQRT1_2}))`,
      ),
  },
});

/** Φ(x), and Φ′(x) = e^(−x²/2) / √(2π). */
function normal(x: Tensor): { share: Tensor; density: Tensor } {
  const share = runBinary(mulOp, runBinary(addOp, runUnary(erfOp, runBinary(mulOp, x, Math.SQRT1_2)), 1), 0.5);
  const power = runUnary(expOp, runBinary(mulOp, runUnary(squareOp, x), -0.5));
  return { share, density: runBinary(mulOp, power, 1 / Math.sqrt(2 * Math.PI)) };
}

/** The approximation s = sigmoid 2u, and its derivative s (1 − s) 2u′. */
function logisticNormal(x: Tensor): { share: Tensor; density: Tensor } {
  const squares = runUnary(squareOp, x);
  const share = runUnary(
    sigmoidOp,
    runBinary(mulOp, x, runBinary(addOp, runBinary(mulOp, squares, scale * cubic), scale)),
  );
  const inner = runBinary(addOp, runBinary(mulOp, squares, 3 * scale * cubic), scale);
  return { share, density: runBinary(mulOp, runBinary(mulOp, share, runBinary(subOp, 1, share)), inner) };
}

export interface GeluOptions {
  /**
   * `'none'`, the default as in PyTorch, computes Φ by erf; `'tanh'` takes
   * Φ(x) ≈ (1 + tanh(√(2/π) (x + 0.044715 x³)))/2.
   */
  readonly approximate?: GeluAttrs['approximate'];
}

const geluOptions = { approximate: true };

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel, 2016), element by element: x Φ(x), where Φ(x) is the share of
 * the standard normal distribution below x. Shape and dtype as `x`.
 *
 * @throws DTypeError for int32 and bool; RangeError for an unknown approximation
 * @category Activations
 */
export function gelu<S extends Shape, D extends FloatDType>(x: Tensor<S, D>, options: GeluOptions = {}): Tensor<S, D> {
  checkOptions('gelu', options, geluOptions);
  return run(geluOp, { x }, { approximate: options.approximate ?? 'none' });
}
