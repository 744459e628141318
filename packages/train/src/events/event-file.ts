import { basename, join } from 'node:path';
import { appendToFile } from '../files/files.ts';
import { encodeEvent, nameEventFile, type EventContent, type Scalars } from './event.ts';
import { recordOf } from './record.ts';

/**
 * The figures of one session of a run, as TensorBoard reads them. A resumed run begins a file of its own, which says from
 * which step on it takes the place of those before: no file is changed under a reader, and half a record that a killed
 * session left at its end is where readers stop anyway.
 */
export class EventFile {
  #folder: string;
  readonly #firstStep: number;
  #path: string | undefined;

  /** @param firstStep the first that the session takes: what files of earlier sessions say from there on holds no more */
  constructor(folder: string, { firstStep }: { readonly firstStep: number }) {
    this.#folder = folder;
    this.#firstStep = firstStep;
  }

  /** From here on its file, if there is one yet, is in that folder. */
  movedTo(folder: string): void {
    this.#folder = folder;
    if (this.#path !== undefined) this.#path = join(folder, basename(this.#path));
  }

  /**
   * Adds figures of a step; the file is made with the first of them.
   *
   * @throws RunError that names the file, if it cannot be written
   */
  async add(step: number, scalars: Scalars): Promise<void> {
    const now = Date.now();
    const contents: EventContent[] = [{ kind: 'scalars', step, scalars }];
    if (this.#path === undefined) {
      this.#path = join(this.#folder, nameEventFile(now));
      contents.unshift({ kind: 'version' }, { kind: 'start', step: this.#firstStep });
    }
    await appendToFile(
      this.#path,
      Buffer.concat(contents.map((content) => recordOf(encodeEvent(now / 1000, content)))),
    );
  }
}
