import type { Progress } from '../watch.ts';
import { duration } from '../words.ts';

/** The parts of a stream that progress and remarks need. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  /** The unit that is counted: "step", "episode". */
  readonly unit?: string;
  /** Units that were done earlier. They do not count when the remaining time is estimated. */
  readonly from?: number;
}

/** The longest time without a new line of progress, in milliseconds. */
const longestSilence = 30_000;

/** Shows the progress of some work: one line that rewrites itself on a terminal, a few plain lines elsewhere. */
export class TerminalProgress implements Progress {
  readonly #stream: TextStream;
  readonly #total: number;
  readonly #unit: string;
  readonly #from: number;
  readonly #start = performance.now();
  #shown = performance.now();
  #open = false;
  /** Columns of the text that is on the terminal's line. */
  #width = 0;

  constructor(total: number, stream: TextStream, { unit = 'step', from = 0 }: ProgressOptions = {}) {
    this.#total = total;
    this.#stream = stream;
    this.#unit = unit;
    this.#from = from;
  }

  /** Shows that `done` units are finished. `note` is a figure to show beside them. */
  update(done: number, note = ''): void {
    const last = done === this.#total;
    if (this.#stream.isTTY === true) {
      const now = performance.now();
      if (this.#open && now - this.#shown < 50 && !last) return;
      this.#stream.write(`\r${this.#rewritten(done, note)}`);
      this.#shown = now;
      this.#open = true;
      if (last) this.pause();
    } else if (last || this.#tenth(done) > this.#tenth(done - 1) || performance.now() - this.#shown > longestSilence) {
      this.#stream.write(`${this.#facts(done, note).join(', ')}\n`);
      this.#shown = performance.now();
    }
  }

  /** Ends the line on a terminal, so that other text can follow below it. */
  pause(): void {
    if (this.#open) this.#stream.write('\n');
    this.#open = false;
    this.#width = 0;
  }

  #tenth(done: number): number {
    return Math.floor((10 * done) / this.#total);
  }

  /**
   * The new line, padded with spaces to cover the one before. It is one column shorter than the terminal: a longer line would wrap, and
   * every rewriting would leave a line behind. A narrow terminal gets no bar, a narrower one no note, the narrowest no time.
   */
  #rewritten(done: number, note: string): string {
    const most = (this.#stream.columns || 80) - 1;
    const [count = '', ...others] = this.#facts(done, note);
    const time = others.slice(-1);
    const bar = '█'.repeat(Math.round((20 * done) / this.#total)).padEnd(20, '░');
    const wordings = [
      `${bar} ${[count, ...others].join(', ')}`,
      [count, ...others].join(', '),
      [count, ...time].join(', '),
      count,
    ];
    const line = wordings.find((wording) => displayWidth(wording) <= most) ?? shortened(count, most);
    const width = displayWidth(line);
    const rest = Math.min(this.#width, most) - width;
    this.#width = width;
    return line + ' '.repeat(Math.max(0, rest));
  }

  /** The count, the note if there is one, and the remaining time. */
  #facts(done: number, note: string): string[] {
    const seconds = (performance.now() - this.#start) / 1000;
    const left = (seconds / Math.max(done - this.#from, 1)) * (this.#total - done);
    return [`${this.#unit} ${done} of ${this.#total}`, note, `${duration(left)} left`].filter(Boolean);
  }
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;
const withoutWidth = /[\p{M}\p{Cf}]/u;

/** The columns of a text on a terminal: two for wide East Asian characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  return Array.from(text).reduce(
    (sum, character) => sum + (withoutWidth.test(character) ? 0 : wide.test(character) ? 2 : 1),
    0,
  );
}

/** The end of a text, which holds the numbers. */
function shortened(text: string, most: number): string {
  let characters = Array.from(text);
  while (characters.length > 0 && displayWidth(characters.join('')) >= most) characters = characters.slice(1);
  return `…${characters.join('')}`;
}
