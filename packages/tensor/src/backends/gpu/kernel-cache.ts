import { functionsFor } from './functions.ts';
import { wordsOf, type Layout } from './layout.ts';
import { checkKernel, settingsFor, type Device, type GpuArray, type Kernel } from './library.ts';

/** An array and its layout. */
export interface Stored {
  readonly array: GpuArray;
  readonly layout: Layout;
}

/** A compiled kernel, and the words that it holds: GPU.js keeps a kernel's last result. */
interface Entry {
  readonly kernel: Kernel;
  readonly words: number;
}

/** The most kernels kept; in WebAssembly each has a memory of its own. */
const maxKernels = 256;
/** The most words that a kept kernel may hold, 16 MiB. Beside work on more words, compiling again takes no time. */
const maxWordsEach = 2 ** 22;
/** The most words that all kept kernels may hold, 128 MiB. */
const maxWords = 2 ** 25;

/** Settings of the kernels that only copy: one serves every size of a layout. */
const anySize = { dynamicOutput: true, dynamicArguments: true } as const;

/** Compiled kernels by their text and by the layouts of what they read and write; the least recently used go first. */
export class KernelCache {
  readonly #device: Device;
  readonly #entries = new Map<string, Entry>();
  #words = 0;
  #newest: Kernel | undefined;
  #condemned: Kernel | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Runs the kernel `source`; the result belongs to the caller. */
  async run(source: string, output: Layout, reads: readonly Stored[], scalars: readonly number[]): Promise<Stored> {
    const key = [output, ...reads.map(({ layout }) => layout)].map((layout) => layout.join('x')).join(' ') + source;
    const words = reads.reduce((sum, { layout }) => sum + wordsOf(layout), wordsOf(output));
    const create = (): Kernel => this.#device.gpu.createKernel(source, settingsFor(output, functionsFor(source)));
    const array = await this.#call(key, words, create, [...reads.map((read) => read.array), ...scalars]);
    return { array: detach(array), layout: output };
  }

  /** Brings host words to where kernels read them. */
  async upload(words: Float32Array, layout: Layout): Promise<Stored> {
    const { mode, library, gpu } = this.#device;
    if (mode === 'cpu' || mode === 'webasm') return { array: rowsOf(words, layout), layout };
    const settings = { ...settingsFor(layout, []), ...anySize };
    const create = (): Kernel => gpu.createKernel(copySource(layout), settings);
    const input = library.input(words, [...layout]);
    const array = await this.#call(`upload ${layout.length}`, 2 * words.length, create, [input], layout);
    return { array: detach(array), layout };
  }

  /** The words of an array, for reading only. */
  async download({ array, layout }: Stored): Promise<Float32Array> {
    if (!('delete' in array)) return joinRows(array, layout);
    // `toArray()` of a texture blocks and takes four words for each one: a copying kernel does not.
    const settings = { ...settingsFor(layout, []), ...anySize, pipeline: false, immutable: false, asyncMode: true };
    const create = (): Kernel => this.#device.gpu.createKernel(copySource(layout), settings);
    const rows = await this.#call(`download ${layout.length}`, 2 * wordsOf(layout), create, [array], layout);
    if ('delete' in rows) throw new TypeError('GPU.js gave a device array where host words were asked for');
    return joinRows(rows, layout);
  }

  /** Calls the kernel `key`, made by `create` if it is new; `output` resizes one that serves every size. */
  async #call(
    key: string,
    words: number,
    create: () => Kernel,
    args: readonly unknown[],
    output?: Layout,
  ): Promise<GpuArray> {
    const known = this.#take(key);
    const kernel = known?.kernel ?? create();
    try {
      if (output !== undefined) kernel.setOutput([...output]);
      const result = await kernel(...args);
      if (known === undefined) this.#welcome(kernel);
      this.#keep(key, { kernel, words: Math.max(words, known?.words ?? 0) });
      return result;
    } catch (error) {
      this.#destroy(kernel);
      throw error;
    }
  }

  #take(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#words -= entry.words;
    return entry;
  }

  #keep(key: string, entry: Entry): void {
    if (entry.words > maxWordsEach) {
      this.#destroy(entry.kernel);
      return;
    }
    this.#entries.set(key, entry);
    this.#words += entry.words;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxKernels && this.#words <= maxWords) return;
      const entry = this.#take(oldest);
      if (entry !== undefined) this.#destroy(entry.kernel);
    }
  }

  #welcome(kernel: Kernel): void {
    checkKernel(this.#device.library, this.#device.mode, kernel);
    this.#newest = kernel;
    this.#condemned?.destroy();
    this.#condemned = undefined;
  }

  /**
   * GPU.js sets up a WebGL context's vertices when it builds a kernel and never again: without those of the newest
   * kernel all the others draw nothing. It is spared until there is a newer one.
   */
  #destroy(kernel: Kernel): void {
    if (kernel === this.#newest) this.#condemned = kernel;
    else kernel.destroy();
  }
}

/** Deletes an array on the device; host arrays go by themselves. */
export function release({ array }: Stored): void {
  if ('delete' in array) array.delete();
}

/** A texture asks the kernel that made it to delete it, which fails if that kernel is gone. Without a kernel it deletes itself. */
function detach(array: GpuArray): GpuArray {
  if ('delete' in array) array.kernel = {};
  return array;
}

function copySource(layout: Layout): string {
  return `function kernel(words) { return words${layout.length === 2 ? '[this.thread.y]' : ''}[this.thread.x]; }`;
}

function rowsOf(words: Float32Array, [width, height]: Layout): GpuArray {
  if (height === undefined) return words;
  return Array.from({ length: height }, (_, row) => words.subarray(row * width, (row + 1) * width));
}

function joinRows(array: Float32Array | readonly Float32Array[], layout: Layout): Float32Array {
  if (array instanceof Float32Array) return array;
  const words = new Float32Array(wordsOf(layout));
  for (const [row, values] of array.entries()) words.set(values, row * layout[0]);
  return words;
}
