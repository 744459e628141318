import { grad, gradCheck } from '@hypercorr/autograd';
import { GradientError, scope, type Tensor } from '@hypercorr/tensor';
import { addOp, isFloat, mulOp, run, sumOp } from '@hypercorr/tensor/op';
import { cotangentValues } from './agreement.ts';
import type { Draw, OpCase, Sample } from './case.ts';
import { reference } from './engines.ts';
import { upload } from './host.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Elements of each gradient that are checked: every one costs two evaluations. */
const elements = 24;

/**
 * Holds the gradient for every differentiable input against central differences, in float64.
 *
 * @throws GradientError with a report
 */
export function checkGradients(testCase: OpCase, sample: Sample): void {
  scope(() => {
    const { draw, inputs, followed } = prepare(testCase, sample);
    if (Object.keys(followed).length > 0) gradCheck((wrt) => draw.run({ ...inputs, ...wrt }), followed, { elements });
  });
}

/**
 * Holds the gradient of Σᵢ ⟨vᵢ, ∂/∂xᵢ ⟨f(x), ȳ⟩⟩ with respect to all xᵢ and ȳ against central differences: the
 * derivatives of every gradient rule. Where the case says that they are refused, they have to be.
 *
 * @throws GradientError with a report
 */
export function checkSecondDerivatives(testCase: OpCase, sample: Sample): void {
  scope(() => {
    const { draw, inputs, followed, cotangent } = prepare(testCase, sample);
    if (Object.keys(followed).length === 0) return;
    const directions = Object.values(followed).map(constantLike);
    const directional = ({ wrt, ȳ }: { readonly wrt: Tensors; readonly ȳ: Tensor }): Tensor => {
      const gradients = grad((inner: Tensors) => dot(draw.run({ ...inputs, ...inner }), ȳ))(wrt);
      return Object.values(gradients)
        .map((gradient, i) => dot(gradient, directions[i] ?? gradient))
        .reduce((a, b) => run(addOp, { a, b }, {}));
    };
    const point = { wrt: followed, ȳ: cotangent };
    if (testCase.second === 'defined') gradCheck(directional, point, { elements });
    else expectRefusal(() => grad(directional)(point));
  });
}

/** An operation whose derivative nobody wrote says so when one is asked for. */
export function checkRefusal(testCase: OpCase, sample: Sample): void {
  scope(() => {
    const { draw, inputs, cotangent } = prepare(testCase, sample);
    const floats = Object.fromEntries(Object.entries(inputs).filter(([, { dtype }]) => isFloat(dtype)));
    expectRefusal(() => grad((wrt: Tensors) => dot(draw.run({ ...inputs, ...wrt }), cotangent))(floats));
  });
}

interface Prepared {
  readonly draw: Draw;
  readonly inputs: Tensors;
  /** Those among them that gradients flow to: none where the result is not a float. */
  readonly followed: Tensors;
  readonly cotangent: Tensor;
}

function prepare(testCase: OpCase, sample: Sample): Prepared {
  const draw = testCase.draw(sample, 'smooth');
  const inputs = Object.fromEntries(
    Object.entries(draw.inputs).map(([name, host]) => [name, upload(host, reference, 'float64')]),
  );
  const y = draw.run(inputs);
  const followed = Object.entries(inputs).filter(([name]) => isFloat(y.dtype) && draw.differentiable.includes(name));
  return { draw, inputs, followed: Object.fromEntries(followed), cotangent: constantLike(y) };
}

const constantLike = ({ shape, size }: Tensor): Tensor =>
  upload({ shape, kind: 'float', values: cotangentValues(size) }, reference, 'float64');

const dot = (a: Tensor, b: Tensor): Tensor =>
  run(sumOp, { x: run(mulOp, { a, b }, {}) }, { axes: undefined, keepDims: false });

function expectRefusal(compute: () => unknown): void {
  try {
    compute();
  } catch (error) {
    if (error instanceof GradientError) return;
    throw error;
  }
  throw new GradientError('gradCheck', 'a derivative that nobody wrote was computed instead of refused');
}
