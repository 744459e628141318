import { once } from '@hypercorr/autograd';
import { fold, type Key } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { Module } from './module.ts';

export interface RandomModuleOptions {
  /** The key of the module's random numbers. With `null`, call `seed` before training. */
  readonly key: Key | null;
}

const names = { key: true };

/**
 * A module that draws random numbers in training. Every draw takes the next child of the module's key. So the numbers
 * depend on the key, which `seed` replaces, and on the number of draws since.
 */
export abstract class RandomModule extends Module {
  #key: Key | null;
  #draws = 0;

  constructor(options: RandomModuleOptions) {
    super();
    checkOptions('RandomModule', options, names);
    this.#key = options.key;
  }

  override seed(key: Key): this {
    this.#key = key;
    this.#draws = 0;
    return super.seed(key);
  }

  /**
   * A new key for each draw. A computation that `checkpoint` repeats gets the same key again.
   *
   * @throws TypeError if the module has no key
   */
  protected nextKey(): Key {
    const key = this.#key;
    if (key === null)
      throw new TypeError(
        `[${this.constructor.name}] there is no key to draw random numbers with. Give the module a key, or call seed() on the model`,
      );
    return once(() => {
      const next = fold(key, this.#draws);
      this.#draws += 1;
      return next;
    });
  }
}
