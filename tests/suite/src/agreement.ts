import { pullBack } from '@hypercorr/autograd';
import { key, read, scope, type Engine, type FloatDType, type Tensor } from '@hypercorr/tensor';
import type { Draw, OpCase, Sample } from './case.ts';
import { difference, rounding } from './compare.ts';
import { reference } from './engines.ts';
import { between } from './fills.ts';
import { upload, type HostResult } from './host.ts';

/** Results that differ by more than rounding explains. */
export class AgreementError extends Error {
  override readonly name = 'AgreementError';
}

/** An operation's output `y`, and the gradients of sum(y · cotangent), on the host. */
export interface Outcome {
  readonly y: HostResult;
  readonly gradients: Readonly<Record<string, HostResult>>;
}

/** The elements of a cotangent: fixed, without structure. */
export const cotangentValues = (size: number): Float64Array => between(-1, 1)(key(271), size);

/** Runs one call and its gradients on an engine. */
export async function outcome(draw: Draw, engine: Engine, precision: FloatDType): Promise<Outcome> {
  const { y, gradients } = scope(() => dispatch(draw, engine, precision));
  try {
    const read = await Promise.all(
      Object.entries(gradients).map(async ([name, x]) => [name, await result(x)] as const),
    );
    return { y: await result(y), gradients: Object.fromEntries(read) };
  } finally {
    for (const tensor of [y, ...Object.values(gradients)]) tensor.dispose();
  }
}

function dispatch(draw: Draw, engine: Engine, precision: FloatDType) {
  const inputs = Object.fromEntries(
    Object.entries(draw.inputs).map(([name, host]) => [name, upload(host, engine, precision)]),
  );
  const followed = Object.fromEntries(Object.entries(inputs).filter(([name]) => draw.differentiable.includes(name)));
  if (draw.differentiable.length === 0) return { y: draw.run(inputs), gradients: {} };
  const { value: y, grads: gradients } = pullBack(
    () => draw.run(inputs),
    followed,
    ({ shape, size }) =>
      upload({ shape, kind: 'float', values: (draw.cotangent ?? cotangentValues)(size) }, engine, precision),
  );
  return { y, gradients };
}

async function result(tensor: Tensor): Promise<HostResult> {
  return { shape: tensor.shape, dtype: tensor.dtype, data: await read(tensor) };
}

/**
 * Holds one call on an engine, in float32, against its definition in float64: values and all gradients.
 *
 * @throws AgreementError that names every tensor which differs
 */
export async function checkAgreement(testCase: OpCase, sample: Sample, engine: Engine): Promise<void> {
  const draw = testCase.draw(sample, 'everywhere');
  const expected = await outcome(draw, reference, 'float64');
  const actual = await outcome(draw, engine, 'float32');
  const faults = [
    compare('y', expected.y, actual.y, testCase.exact ? 0 : rounding),
    ...Object.entries(expected.gradients).map(([name, gradient]) =>
      compare(`the gradient for ${name}`, gradient, actual.gradients[name], rounding),
    ),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) {
    throw new AgreementError(
      `[${testCase.name}] ${JSON.stringify(sample)} on ${engine.description}:\n  ${faults.join('\n  ')}`,
    );
  }
}

const compare = (
  what: string,
  expected: HostResult,
  actual: HostResult | undefined,
  tolerance: number,
): string | undefined => {
  const fault = actual === undefined ? 'missing' : difference(expected, actual, tolerance);
  return fault && `${what}: ${fault}`;
};
