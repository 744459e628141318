import { readSync, scope } from '@hypercorr/tensor';
import { cotangentValues, outcome } from './agreement.ts';
import type { Draw, OpCase, Sample } from './case.ts';
import { reference } from './engines.ts';
import { upload } from './host.ts';

/** A law that does not hold. */
export class LawError extends Error {
  override readonly name = 'LawError';
}

/** Rounding of float64 in sums of some thousand terms, of the sum of their magnitudes. */
const tolerance = 1e-12;

/**
 * A(αx + βz) = αAx + βAz, where A is the operation in one input, the others held fast, less its value at zero.
 * Samples without that input, or with integers there, have nothing to check.
 *
 * @throws LawError
 */
export function checkLinearity(testCase: OpCase, sample: Sample, input: string): void {
  const draw = testCase.draw(sample, 'everywhere');
  if (!draw.differentiable.includes(input)) return;
  const x = valuesOf(draw, input);
  const z = valuesOf(testCase.draw({ ...sample, seed: sample.seed + 1 }, 'everywhere'), input);
  const [alpha, beta] = [0.75, -1.5];
  const zero = apply(
    draw,
    input,
    x.map(() => 0),
  );
  const [ax, az] = [apply(draw, input, x), apply(draw, input, z)];
  const mixed = apply(
    draw,
    input,
    x.map((value, i) => alpha * value + beta * (z[i] ?? NaN)),
  );
  for (const [i, value] of mixed.entries()) {
    const [at0 = NaN, atX = NaN, atZ = NaN] = [zero[i], ax[i], az[i]];
    const expected = at0 + alpha * (atX - at0) + beta * (atZ - at0);
    hold(testCase, sample, `linearity in ${input}`, value, expected, Math.abs(at0) + Math.abs(atX) + Math.abs(atZ) + 1);
  }
}

/**
 * ⟨Ax, y⟩ = ⟨x, Aᵀy⟩, where Aᵀy is what the gradient rule gives.
 *
 * @throws LawError
 */
export async function checkAdjoint(testCase: OpCase, sample: Sample, input: string): Promise<void> {
  const draw = testCase.draw(sample, 'everywhere');
  if (!draw.differentiable.includes(input)) return;
  const x = valuesOf(draw, input);
  const gradient = (await outcome(draw, reference, 'float64')).gradients[input]?.data ?? [];
  const zero = apply(
    draw,
    input,
    x.map(() => 0),
  );
  const ax = apply(draw, input, x).map((value, i) => value - (zero[i] ?? NaN));
  const y = cotangentValues(ax.length);
  const [left, right] = [inner(ax, y), inner(x, gradient)];
  hold(testCase, sample, `adjointness in ${input}`, left.sum, right.sum, left.magnitude + right.magnitude + 1);
}

const valuesOf = (draw: Draw, input: string): Float64Array => Float64Array.from(draw.inputs[input]?.values ?? []);

/** The operation as a function of one input alone. */
function apply(draw: Draw, input: string, values: Float64Array): Float64Array {
  return scope(() => {
    const tensors = Object.fromEntries(
      Object.entries(draw.inputs).map(([name, host]) => [
        name,
        upload(name === input ? { ...host, values } : host, reference, 'float64'),
      ]),
    );
    return Float64Array.from(readSync(draw.run(tensors)));
  });
}

function inner(a: ArrayLike<number>, b: ArrayLike<number>): { sum: number; magnitude: number } {
  let sum = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i += 1) {
    const term = (a[i] ?? NaN) * (b[i] ?? NaN);
    sum += term;
    magnitude += Math.abs(term);
  }
  return { sum, magnitude };
}

function hold(testCase: OpCase, sample: Sample, law: string, left: number, right: number, magnitude: number): void {
  if (Math.abs(left - right) <= tolerance * magnitude) return;
  throw new LawError(`[${testCase.name}] ${law} does not hold for ${JSON.stringify(sample)}: ${left} against ${right}`);
}
