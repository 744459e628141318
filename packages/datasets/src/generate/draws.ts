import { uniformNumbers, fold, type Key } from '@hypercorr/tensor';

const block = 64;

/** A stream of random numbers from a key. The same key gives the same stream. */
export class Draws {
  readonly #key: Key;
  #numbers: Float64Array = new Float64Array(0);
  #position = 0;
  #blocks = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    if (this.#position === this.#numbers.length) {
      this.#numbers = uniformNumbers(fold(this.#key, this.#blocks), block);
      this.#blocks += 1;
      this.#position = 0;
    }
    const number = this.#numbers[this.#position] ?? 0;
    this.#position += 1;
    return number;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** −1 or 1. */
  sign(): -1 | 1 {
    return this.chance(0.5) ? 1 : -1;
  }
}
