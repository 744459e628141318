import type { Log } from '../../cli/log.ts';
import type { Progress } from '../../cli/progress.ts';

/** How far an evaluation is: the episodes of all folds and seeds are counted together, and the one at hand is named. */
export class EpisodeCount {
  readonly total: number;
  readonly #progress: Progress;
  /** Episodes of the folds and seeds before. */
  #before = 0;
  #shown = 0;

  constructor(total: number, log: Log) {
    this.total = total;
    this.#progress = log.progress(total, { unit: 'episode' });
  }

  /** Whether all folds and seeds are over. */
  get isFull(): boolean {
    return this.#before === this.total;
  }

  /** Says that `done` episodes of the fold and seed at hand are over. */
  update(done: number, note: string): void {
    this.#show(this.#before + done, note);
  }

  /** A fold's seed with so many episodes is over, faulty ones among them. */
  close(episodes: number, note: string): void {
    this.#before += episodes;
    if (this.#shown < this.#before) this.#show(this.#before, note);
  }

  #show(done: number, note: string): void {
    this.#shown = done;
    this.#progress.update(done, note);
  }
}
