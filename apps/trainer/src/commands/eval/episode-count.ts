import type { TerminalLog, TerminalProgress } from '@hypercorr/train/node';

/** Shows how far an evaluation is: counts the episodes of all folds and seeds together, and names the current one. */
export class EpisodeCount {
  readonly total: number;
  readonly #progress: TerminalProgress;
  /** Episodes of earlier folds and seeds. */
  #before = 0;
  #shown = 0;

  constructor(total: number, log: TerminalLog) {
    this.total = total;
    this.#progress = log.progress(total, { unit: 'episode' });
  }

  /** Whether all folds and seeds are over. */
  get isFull(): boolean {
    return this.#before === this.total;
  }

  /** Shows that `done` episodes of the current fold and seed are over. */
  update(done: number, note: string): void {
    this.#show(this.#before + done, note);
  }

  /** Ends a seed of a fold. `episodes` includes the faulty ones. */
  close(episodes: number, note: string): void {
    this.#before += episodes;
    if (this.#shown < this.#before) this.#show(this.#before, note);
  }

  #show(done: number, note: string): void {
    this.#shown = done;
    this.#progress.update(done, note);
  }
}
