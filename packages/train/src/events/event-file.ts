import { basename, join } from 'node:path';
import { appendToFile } from '../files/files.ts';
import { encodeEvent, nameEventFile, type EventContent, type Scalars } from './event.ts';
import { recordOf } from './record.ts';

/**
 * The figures of one session of a run, in TensorBoard's format. A resumed run begins a new file, which says from which step on it replaces
 * the earlier files. Earlier files are never changed, because TensorBoard may be reading them. A killed session may leave half a record at
 * the end of its file; readers stop there.
 */
export class EventFile {
  #folder: string;
  readonly #firstStep: number;
  #path: string | undefined;

  /** @param firstStep the session's first step; from there on, the files of earlier sessions are no longer valid */
  constructor(folder: string, { firstStep }: { readonly firstStep: number }) {
    this.#folder = folder;
    this.#firstStep = firstStep;
  }

  /** Tells that the run's folder, with the file if there is one yet, was moved to `folder`. */
  movedTo(folder: string): void {
    this.#folder = folder;
    if (this.#path !== undefined) this.#path = join(folder, basename(this.#path));
  }

  /**
   * Adds the figures of a step. The first call creates the file.
   *
   * @throws RunError that names the file if it cannot be written
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
