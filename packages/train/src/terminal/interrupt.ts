import { messageOf } from '../errors.ts';
import type { Log, StopRequest } from '../watch.ts';

/** Ctrl-C, a polite kill, and a terminal that goes away. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a shell expects of a program that Ctrl-C ended: 128 and the signal's number. */
const interruptedExitCode = 130;

/**
 * Handles Ctrl-C, SIGTERM and SIGHUP. By default the first signal ends the program at once. After `finishWith`, which a training calls, the first
 * signal only asks to finish, and the second one ends the program.
 */
export class Interrupt implements StopRequest, Disposable {
  readonly #log: Pick<Log, 'warn'>;
  #promise: string | undefined;
  #requested = false;
  readonly #cleanUps: (() => void)[] = [];
  readonly #onSignal = () => this.#signalled();

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Whether a signal has asked to finish. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Whoever works promises to check `requested` often from now on. The user is told the promise: "finishing this step". */
  finishWith(promise: string): void {
    this.#promise = promise;
  }

  /** Registers a synchronous clean-up for when the program ends at once, such as removing half-written files. The last one registered runs first. */
  onAbort(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
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
        // The other clean-ups must still run.
        this.#log.warn(messageOf(error));
      }
    }
    this.#log.warn('stopped');
    process.exit(interruptedExitCode);
  }
}
