import { styleText } from 'node:util';
import { Progress, type ProgressOptions, type TextStream } from './progress.ts';

export interface LogOptions {
  /** Warnings and errors only. */
  readonly quiet: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Writes remarks, warnings and progress to stderr. Results go to stdout. */
export class Log {
  readonly #stream: TextStream;
  readonly #quiet: boolean;
  readonly #colour: boolean;
  #progress: Progress | undefined;

  constructor(stream: TextStream, { quiet, environment }: LogOptions) {
    this.#stream = stream;
    this.#quiet = quiet;
    // https://no-color.org: any value but the empty one turns colours off.
    this.#colour = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  }

  /** Writes a remark, unless quiet. */
  say(text: string): void {
    if (!this.#quiet) this.#line(text);
  }

  /** Writes a warning about a problem after which the command goes on. */
  warn(text: string): void {
    this.#line(`${this.#styled('yellow', 'warning:')} ${text}`);
  }

  error(text: string): void {
    this.#line(`${this.#styled('red', 'hypercorr:')} ${text}`);
  }

  /** Starts a progress display: call `update(done, note)` on it. Nothing is shown when quiet. */
  progress(total: number, options: ProgressOptions = {}): Progress {
    this.#progress = new Progress(total, this.#quiet ? { write: () => true } : this.#stream, options);
    return this.#progress;
  }

  /** A progress display as a callback, for work that reports its own total. */
  counting(unit: string): (done: number, total: number) => void {
    let progress: Progress | undefined;
    return (done, total) => (progress ??= this.progress(total, { unit })).update(done);
  }

  /** Ends the line of an unfinished progress display, so that the next output begins a new line. */
  endLine(): void {
    this.#progress?.pause();
  }

  #line(text: string): void {
    this.endLine();
    this.#stream.write(`${text}\n`);
  }

  #styled(colour: 'yellow' | 'red', text: string): string {
    return this.#colour ? styleText(colour, text, { validateStream: false }) : text;
  }
}
