import { styleText } from 'node:util';
import { checkOptions } from '@hypercorr/tensor/op';
import type { Log } from '../watch.ts';
import { TerminalProgress, type ProgressOptions, type TextStream } from './progress.ts';

export interface LogOptions {
  /** Warnings and errors only; false if absent. */
  readonly quiet?: boolean;
  /** Where the lines go; stderr if absent, so that stdout has results alone. */
  readonly stream?: TextStream;
  /** Where NO_COLOR is looked up; the process's environment if absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What stands before errors: the program's name. `error` if absent. */
  readonly program?: string;
}

const optionNames = { quiet: true, stream: true, environment: true, program: true };

/**
 * Writes remarks, warnings and progress for people, to a terminal or to a file.
 *
 * @example
 * const log = new TerminalLog();
 * using stop = new Interrupt(log);
 * await train({ task, log, stop, … });
 */
export class TerminalLog implements Log {
  readonly #stream: TextStream;
  readonly #quiet: boolean;
  readonly #colour: boolean;
  readonly #program: string;
  #progress: TerminalProgress | undefined;

  /** @throws OptionError for an option that does not exist */
  constructor(options: LogOptions = {}) {
    checkOptions('TerminalLog', options, optionNames);
    const { stream = process.stderr, quiet = false, environment = process.env, program = 'error' } = options;
    this.#program = program;
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
    this.#line(`${this.#styled('red', `${this.#program}:`)} ${text}`);
  }

  /** Starts a progress display: call `update(done, note)` on it. Nothing is shown when quiet. */
  progress(total: number, options: ProgressOptions = {}): TerminalProgress {
    this.#progress = new TerminalProgress(total, this.#quiet ? { write: () => true } : this.#stream, options);
    return this.#progress;
  }

  /** A progress display as a callback, for work that reports its own total. */
  counting(unit: string): (done: number, total: number) => void {
    let progress: TerminalProgress | undefined;
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
