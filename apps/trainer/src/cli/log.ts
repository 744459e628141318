import { styleText } from 'node:util';
import { Progress, type ProgressOptions, type TextStream } from './progress.ts';

export interface LogOptions {
  /** Warnings and errors only. */
  readonly quiet: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Remarks, warnings and progress for people, on stderr; results go elsewhere. */
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

  /** A remark, left out when quiet. */
  say(text: string): void {
    if (!this.#quiet) this.#line(text);
  }

  /** Something that went wrong and was dealt with. */
  warn(text: string): void {
    this.#line(`${this.#styled('yellow', 'warning:')} ${text}`);
  }

  error(text: string): void {
    this.#line(`${this.#styled('red', 'hypercorr:')} ${text}`);
  }

  /** Shows the progress of what comes next: `progress.update(done, note)`. Nothing is shown when quiet. */
  progress(total: number, options: ProgressOptions = {}): Progress {
    this.#progress = new Progress(total, this.#quiet ? { write: () => true } : this.#stream, options);
    return this.#progress;
  }

  /** The same as a callback, for work that says itself how much there is. */
  counting(unit: string): (done: number, total: number) => void {
    let progress: Progress | undefined;
    return (done, total) => (progress ??= this.progress(total, { unit })).update(done);
  }

  /** Ends the line of a progress that goes no further: what is printed next begins one of its own. */
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
