/** What a stream has to have to be written progress and remarks to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  /** What is counted: "step", "episode". */
  readonly unit?: string;
  /** How many were done before: what time is left is judged by the others. */
  readonly from?: number;
}

/** Milliseconds after which there is a line in any case. */
const longestSilence = 30_000;

/** Shows how far a run is: a line that rewrites itself on a terminal, a few plain lines anywhere else. */
export class Progress {
  readonly #stream: TextStream;
  readonly #total: number;
  readonly #unit: string;
  readonly #from: number;
  readonly #start = performance.now();
  #shown = performance.now();
  #open = false;

  constructor(total: number, stream: TextStream, { unit = 'step', from = 0 }: ProgressOptions = {}) {
    this.#total = total;
    this.#stream = stream;
    this.#unit = unit;
    this.#from = from;
  }

  /** Says that `done` of the steps are over; `note` is the figure of interest. */
  update(done: number, note = ''): void {
    const last = done === this.#total;
    if (this.#stream.isTTY === true) {
      const now = performance.now();
      if (this.#open && now - this.#shown < 50 && !last) return;
      this.#stream.write(`\r${this.#line(done, note)}${last ? '\n' : ''}`);
      this.#shown = now;
      this.#open = !last;
    } else if (last || this.#tenth(done) > this.#tenth(done - 1) || performance.now() - this.#shown > longestSilence) {
      this.#stream.write(`${this.#line(done, note)}\n`);
      this.#shown = performance.now();
    }
  }

  /** Ends the line on a terminal, so that something else can be written below it. */
  pause(): void {
    if (this.#open) this.#stream.write('\n');
    this.#open = false;
  }

  #tenth(done: number): number {
    return Math.floor((10 * done) / this.#total);
  }

  #line(done: number, note: string): string {
    const terminal = this.#stream.isTTY === true;
    const seconds = (performance.now() - this.#start) / 1000;
    const left = (seconds / Math.max(done - this.#from, 1)) * (this.#total - done);
    const bar = terminal ? `${'█'.repeat(Math.round((20 * done) / this.#total)).padEnd(20, '░')} ` : '';
    const text = [`${bar}${this.#unit} ${done} of ${this.#total}`, note, `${duration(left)} left`].filter(Boolean).join(', ');
    return terminal ? text.padEnd(Math.min(this.#stream.columns ?? 80, 90)) : text;
  }
}

/** Seconds in the units that one would say them in: 4.2 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
