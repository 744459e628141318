import { grad, gradCheck } from '@hypercorr/autograd';
import { GradientError, fold, key, reshape, scope, type Tensor } from '@hypercorr/tensor';
import { addOp, isFloat, mulOp, run, sumOp } from '@hypercorr/tensor/op';
import { cotangentValues } from './agreement.ts';
import type { Draw, OpCase, Sample } from './case.ts';
import { reference } from './engines.ts';
import { between } from './fills.ts';
import { upload } from './host.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Of ȳ among the inputs: no operation has an input of this name. */
const cotangentName = 'ȳ';

/** Elements of each gradient that are checked one by one: each costs two evaluations. */
const elements = 6;

/** Directions that all elements move in. In one of them alone, what is added up may cancel, and leave but rounding. */
const directions = 3;

/**
 * Holds some elements of the gradient for each tensor against central differences, and then all elements at once: along
 * directions dₖ without structure,
 *
 *     ∂/∂tₖ f(x + Σₖ tₖ dₖ) at t = 0.
 *
 * Each costs two evaluations, for all tensors together, and no single wrong element leaves it as it was.
 */
function checkAll(f: (point: Tensors) => Tensor, point: Tensors): void {
  gradCheck(f, point, { elements });
  const tensors = Object.entries(point).map(([name, x], i) => {
    const values = between(-1, 1)(fold(key(628), i), directions * x.size);
    const along = upload({ shape: [directions, x.size], kind: 'float', values }, reference, 'float64');
    return { name, x, along };
  });
  if (tensors.every(({ x }) => x.size === 0)) return;
  const moved = (t: Tensor): Tensors =>
    Object.fromEntries(
      tensors.map(({ name, x, along }) => {
        const steps = run(sumOp, { x: run(mulOp, { a: along, b: t }, {}) }, { axes: [0], keepDims: false });
        return [name, run(addOp, { a: x, b: reshape(steps, x.shape) }, {})];
      }),
    );
  const zero = upload(
    { shape: [directions, 1], kind: 'float', values: new Float64Array(directions) },
    reference,
    'float64',
  );
  gradCheck(({ t }: { t: Tensor }) => f(moved(t)), { t: zero });
}

/**
 * Holds the gradient for every differentiable input against central differences, in float64.
 *
 * @throws GradientError with a report
 */
export function checkGradients(testCase: OpCase, sample: Sample): void {
  scope(() => {
    const { draw, inputs, followed } = prepare(testCase, sample);
    if (Object.keys(followed).length > 0) checkAll((wrt) => draw.run({ ...inputs, ...wrt }), followed);
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
    const directional = ({ [cotangentName]: ȳ = cotangent, ...wrt }: Tensors): Tensor => {
      const gradients = grad((inner: Tensors) => dot(draw.run({ ...inputs, ...inner }), ȳ))(wrt);
      return Object.values(gradients)
        .map((gradient, i) => dot(gradient, directions[i] ?? gradient))
        .reduce((a, b) => run(addOp, { a, b }, {}));
    };
    const point = { ...followed, [cotangentName]: cotangent };
    if (testCase.second === 'defined') checkAll(directional, point);
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
