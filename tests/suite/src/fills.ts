import { uniformNumbers, type Key } from '@hypercorr/tensor';

/** Draws the elements of one input. Every value is exact in float32, so that both precisions see the same. */
export type Fill = (random: Key, size: number) => Float64Array;

/** Uniform in [low, high). */
export const between =
  (low: number, high: number): Fill =>
  (random, size) =>
    uniformNumbers(random, size).map((u) => Math.fround(low + (high - low) * u));

/** Whole numbers from `low` to `high`, both included: many ties, and every corner of a step function. */
export const whole =
  (low: number, high: number): Fill =>
  (random, size) =>
    uniformNumbers(random, size).map((u) => low + Math.floor(u * (high - low + 1)));

/** Uniform in [-range, range), but never nearer than `margin` to a kink. */
export const awayFrom =
  (kinks: readonly number[], margin: number, range = 2): Fill =>
  (random, size) =>
    uniformNumbers(random, size).map((u) => {
      const value = range * (2 * u - 1);
      const kink = kinks.find((at) => Math.abs(value - at) < margin);
      return Math.fround(kink === undefined ? value : kink + (value < kink ? -2 : 2) * margin);
    });

/** Near whole numbers plus `offset`: elements of `near(0)` and `near(0.5)` are never closer than 0.3. */
export const near =
  (offset: number): Fill =>
  (random, size) =>
    uniformNumbers(random, size).map((u) => {
      const position = 6 * u - 3;
      const at = Math.floor(position);
      return Math.fround(at + offset + 0.2 * (position - at - 0.5));
    });

/** Every element differs from every other by at least 0.05, in random order: no ties, no kinks of a maximum. */
export const distinct: Fill = (random, size) => {
  const u = uniformNumbers(random, size);
  const order = Array.from(u.keys()).sort((i, j) => (u[i] ?? 0) - (u[j] ?? 0));
  const values = new Float64Array(size);
  for (const [rank, at] of order.entries()) values[at] = Math.fround(0.05 * (rank - size / 2));
  return values;
};

/** These values over and over, whatever the seed. */
export const listed =
  (...values: readonly number[]): Fill =>
  (_, size) =>
    Float64Array.from({ length: size }, (_value, i) => values[i % values.length] ?? 0);

/** The same elements, larger or smaller. */
export const scaled =
  (scale: number, fill: Fill): Fill =>
  (random, size) =>
    fill(random, size).map((value) => Math.fround(scale * value));

/** The same elements, the first one replaced by `anchor` if there is one. */
export const anchored =
  (anchor: number | undefined, fill: Fill): Fill =>
  (random, size) => {
    const values = fill(random, size);
    return anchor === undefined || size === 0 ? values : values.with(0, Math.fround(anchor));
  };

/** Classes from 0 to `classes` - 1, about one in six of them `ignored` instead; the first one always counts. */
export const labels =
  (classes: number, ignored: number): Fill =>
  (random, size) =>
    uniformNumbers(random, size).map((u, i) => {
      const drawn = Math.floor(u * 1.2 * classes);
      const label = drawn < classes ? drawn : ignored;
      return i > 0 || label !== ignored ? label : Number(ignored === 0);
    });
