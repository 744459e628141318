import type { WriteStream } from 'node:tty';

/** Shows how far a run is: a line that rewrites itself on a terminal, a few plain lines anywhere else. */
export class Progress {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;
  readonly #total: number;
  readonly #start = performance.now();
  #shown = -Infinity;

  constructor(total: number, stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr) {
    this.#total = total;
    this.#stream = stream;
  }

  /** Says that `done` of the steps are over; `note` is the figure of interest. */
  update(done: number, note: string): void {
    const now = performance.now();
    const last = done === this.#total;
    if (this.#stream.isTTY) {
      if (now - this.#shown < 50 && !last) return;
      this.#stream.write(`\r${this.#line(done, note)}${last ? '\n' : ''}`);
      this.#shown = now;
    } else if (last || Math.floor((10 * done) / this.#total) > Math.floor((10 * (done - 1)) / this.#total)) {
      this.#stream.write(`${this.#line(done, note)}\n`);
    }
  }

  #line(done: number, note: string): string {
    const seconds = (performance.now() - this.#start) / 1000;
    const left = (seconds / Math.max(done, 1)) * (this.#total - done);
    const share = done / this.#total;
    const bar = this.#stream.isTTY ? `${'█'.repeat(Math.round(20 * share)).padEnd(20, '░')} ` : '';
    const text = `${bar}step ${done} of ${this.#total}, ${note}, ${left.toFixed(1)} s left`;
    return this.#stream.isTTY ? text.padEnd(Math.min(this.#stream.columns, 90)) : text;
  }
}
