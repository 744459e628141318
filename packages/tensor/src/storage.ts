import type { Handle } from './backend.ts';

/** Elements on a device, shared by the tensors that look at them and freed with the last one. */
export class Storage {
  readonly handle: Handle;
  readonly #free: (handle: Handle) => void;
  #owners = 1;

  constructor(handle: Handle, free: (handle: Handle) => void) {
    this.handle = handle;
    this.#free = free;
  }

  retain(): this {
    this.#owners += 1;
    return this;
  }

  release(): void {
    this.#owners -= 1;
    if (this.#owners === 0) this.#free(this.handle);
  }
}
