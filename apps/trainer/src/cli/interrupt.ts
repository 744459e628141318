import { messageOf } from '@hypercorr/train/node';
import { exitCodes } from './failure.ts';
import type { Log } from './log.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Ctrl-C and the like. It ends the program at once, unless the command has said that it will finish what it is at:
 * then the first one is a request, and the second ends the program.
 */
export class Interrupt {
  readonly #log: Log;
  #promise: string | undefined;
  #requested = false;
  readonly #cleanUps: (() => void)[] = [];
  readonly #onSignal = () => this.#signalled();

  constructor(log: Log) {
    this.#log = log;
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Whether the command has been asked to come to an end. */
  get requested(): boolean {
    return this.#requested;
  }

  /** From now on the command looks at `requested` often, and does what it promises: "finishing this step". */
  finishWith(promise: string): void {
    this.#promise = promise;
  }

  /** What to do when the program ends at once, synchronously: removing half-written files. What was asked for last is done first. */
  onAbort(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Stops listening. */
  dispose(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  #signalled(): void {
    if (this.#promise !== undefined && !this.#requested) {
      this.#requested = true;
      this.#log.warn(`interrupted; ${this.#promise} (once more to stop at once)`);
      return;
    }
    for (const cleanUp of this.#cleanUps.toReversed()) {
      try {
        cleanUp();
      } catch (error) {
        // The others are to be done all the same.
        this.#log.warn(messageOf(error));
      }
    }
    this.#log.warn('stopped');
    process.exit(exitCodes.interrupted);
  }
}
