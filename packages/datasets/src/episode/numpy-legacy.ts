import { MersenneTwister } from './mt19937.ts';

/**
 * NumPy's random numbers after `numpy.random.seed(seed)` (the `RandomState` whose streams NumPy has frozen): only those
 * functions that the published samplers of episodes use.
 */
export class NumPyLegacyRandom {
  readonly #bits: MersenneTwister;

  /** @throws ShapeError for a seed outside 0 … 2^32 − 1 */
  constructor(seed: number) {
    this.#bits = new MersenneTwister(seed);
  }

  /**
   * Uniform over 0 … most: as many low bits as `most` has, drawn again while they are too large.
   *
   * @param most below 2^32
   */
  interval(most: number): number {
    if (most === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (this.#bits.uint32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** `numpy.random.permutation(count)`: 0 … count − 1, shuffled from the end. */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i -= 1) {
      const j = this.interval(i);
      const moved = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = moved;
    }
    return order;
  }

  /**
   * `numpy.random.choice(list, 1, replace=False)[0]`, the first of a permutation. NumPy shuffles the whole list for one
   * draw.
   */
  choice<T>(list: readonly T[]): T {
    const chosen = list[this.permutation(list.length)[0] ?? 0];
    if (chosen === undefined) throw new RangeError('nothing can be chosen from an empty list');
    return chosen;
  }
}
