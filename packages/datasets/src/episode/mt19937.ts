import { ShapeError } from '@hypercorr/tensor';

const length = 624;
const distance = 397;

/**
 * The Mersenne Twister (Matsumoto and Nishimura, *ACM Transactions on Modeling and Computer Simulation* 8, 1998).
 * `numpy.random.RandomState` and C++'s `std::mt19937` give the same 32-bit numbers for the same seed.
 */
export class MersenneTwister {
  readonly #state: Uint32Array;
  /** The place of the next number in the state. */
  #next = length;

  /** @throws ShapeError for a seed outside 0 … 2^32 − 1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new ShapeError('MersenneTwister', `a seed must be a whole number from 0 to 4294967295; got ${seed}`);
    }
    this.#state = initialState(seed);
  }

  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number {
    if (this.#next === length) {
      twist(this.#state);
      this.#next = 0;
    }
    let y = this.#state[this.#next] ?? 0;
    this.#next += 1;
    // Tempering.
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }
}

/** Knuth's generator: xₙ = 1812433253 · (xₙ₋₁ ⊕ (xₙ₋₁ >> 30)) + n mod 2^32. */
function initialState(seed: number): Uint32Array {
  const state = Uint32Array.of(seed, ...new Uint32Array(length - 1));
  for (let n = 1; n < length; n += 1) {
    const before = state[n - 1] ?? 0;
    state[n] = Math.imul(1812433253, before ^ (before >>> 30)) + n;
  }
  return state;
}

/** xₙ₊₆₂₄ = xₙ₊₃₉₇ ⊕ A · (the highest bit of xₙ, the 31 lower ones of xₙ₊₁), for a whole state. */
function twist(state: Uint32Array): void {
  for (let n = 0; n < length; n += 1) {
    const y = ((state[n] ?? 0) & 0x80000000) | ((state[(n + 1) % length] ?? 0) & 0x7fffffff);
    state[n] = (state[(n + distance) % length] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
