import { readFileSync } from 'node:fs';
import { parseSafetensors, type Safetensors } from '@hypercorr/nn';
import { readSync, type Tensor } from '@hypercorr/tensor';
import { sameShape } from '@hypercorr/tensor/op';

const folder = new URL('../../../../fixtures/', import.meta.url);

export function openFixture(file: string): Safetensors {
  return parseSafetensors(readFileSync(new URL(file, folder)), { source: file });
}

/**
 * What float32 sums in another order leave after up to a hundred layers and ten normalisations, and after six steps of
 * training: of the largest element.
 */
export const fixtureTolerance = 1e-4;

/** The largest difference from a fixture's tensor, relative to its largest element; Infinity for another shape. */
export function distance(actual: Tensor, fixtures: Safetensors, name: string): number {
  const expected = fixtures.read(name);
  return sameShape(actual.shape, expected.shape) ? relativeDistance(readSync(actual), expected.data) : Infinity;
}

export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, worst] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    const wanted = expected[i] ?? NaN;
    largest = Math.max(largest, Math.abs(wanted));
    worst = Math.max(worst, Math.abs(wanted - (actual[i] ?? NaN)));
  }
  return worst / largest;
}

/** √Σ x² */
export function norm(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += (values[i] ?? NaN) ** 2;
  return Math.sqrt(total);
}
