import { ShapeError, scope } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import type { FeatureMap } from '../shapes.ts';

/** One layer or block of a sequential network. */
export interface Step {
  /** The tap of this step's output; absent if the output is no tap. */
  readonly tap?: string;
  forward(x: FeatureMap): FeatureMap;
}

/**
 * Runs steps one after another, up to the last wanted one.
 *
 * @param wanted names of taps, each once, in any order
 * @returns the outputs of the wanted taps, in the order of `wanted`
 * @throws ShapeError for an unknown or repeated name
 */
export function runSteps(images: FeatureMap, steps: readonly Step[], wanted: readonly string[]): readonly FeatureMap[] {
  const places = wanted.map((name) => placeOf(name, steps));
  if (new Set(places).size < places.length)
    throw new ShapeError('features', `a tap is wanted twice; got ${wanted.join(', ')}`);
  return scope(() => {
    const found = new Map<number, FeatureMap>();
    let x = images;
    for (const [place, step] of steps.slice(0, Math.max(-1, ...places) + 1).entries()) {
      const next = scope(() => step.forward(x));
      // The tape keeps handles of its own on the inputs that it needs.
      if (x !== images && found.get(place - 1) !== x) x.dispose();
      if (places.includes(place)) found.set(place, next);
      x = next;
    }
    return places.flatMap((place) => found.get(place) ?? []);
  });
}

function placeOf(name: string, steps: readonly Step[]): number {
  const place = steps.findIndex(({ tap }) => tap === name);
  if (place >= 0) return place;
  const names = steps.flatMap(({ tap }) => tap ?? []);
  throw new ShapeError('features', `there is no tap ${name}; the taps are ${listed(names)}`);
}
