import { FormatError, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { HostTensor, PlacementOptions } from './host-tensor.ts';
import { openPyTorch } from './pytorch/file.ts';
import type { PyTorchState } from './pytorch/read.ts';
import { tellingBytes } from './other-formats.ts';
import { openRegular, readRange } from './read-range.ts';
import { openSafetensors } from './safetensors/file.ts';
import { formatError, quote, type RawTensor, type StoredTensor } from './safetensors/format.ts';
import { weightsFormat, type WeightsFormat } from './weights.ts';

/** An open file of weights in any format: tensors by name, read when asked for. Call `close()` at the end. */
export interface WeightsFile {
  readonly format: WeightsFormat;
  readonly entries: ReadonlyMap<string, StoredTensor>;
  /** Free text kept with the tensors; PyTorch files have none. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  /** Names in a state dict of PyTorch that stand for no tensor. Their values are not read. */
  readonly others?: readonly string[];
  /** One tensor's elements as they are stored. */
  raw(name: string): Promise<RawTensor>;
  /** One tensor's elements, exactly, in a dtype of this library. */
  read(name: string): Promise<HostTensor>;
  /** One tensor, on an engine. */
  tensor(name: string, options?: PlacementOptions): Promise<Tensor>;
  /** All tensors by name. */
  tensors(options?: PlacementOptions): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * The key of the state dict in the saved object. Without it `state_dict`, `model_state_dict`, `model` and the
   * object itself are tried.
   */
  readonly key?: string | undefined;
}

const openOptions = { key: true };

/**
 * Opens a file of weights: safetensors, or a state dict of `torch.save`. The content tells the format. Tensors of a
 * safetensors file are read when asked for; a PyTorch file is in memory as a whole until it is closed.
 *
 * @throws FormatError that names the file, for any other format; and as `openSafetensors`, `openPyTorch`; the
 * system's error for a file that cannot be read
 */
export async function openWeights(path: string, options: OpenOptions = {}): Promise<WeightsFile> {
  checkOptions('openWeights', options, openOptions);
  const { key } = options;
  switch (weightsFormat(await readStart(path), { source: path })) {
    case 'safetensors':
      if (key !== undefined)
        throw formatError(path, `it is a safetensors file: its tensors are under no key, ${quote(key)} neither`);
      return openSafetensors(path);
    case 'pytorch':
      return inMemory(await openPyTorch(path, key === undefined ? {} : { key }));
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  const refuse = (what: string): FormatError => new FormatError('weights', `${path}: ${what}`);
  const { handle, size } = await openRegular(path, refuse);
  try {
    return await readRange(handle, 0, Math.min(size, tellingBytes), refuse);
  } finally {
    await handle.close();
  }
}

function inMemory(state: PyTorchState): WeightsFile {
  let open: PyTorchState | undefined = state;
  const opened = (): PyTorchState => {
    if (open === undefined) throw new Error('the file is closed');
    return open;
  };
  const { entries, metadata, names, others } = state;
  return {
    format: 'pytorch',
    entries,
    metadata,
    names,
    others,
    raw: async (name) => opened().raw(name),
    read: async (name) => opened().read(name),
    tensor: async (name, options) => opened().tensor(name, options),
    tensors: async (options) => opened().tensors(options),
    close: async () => void (open = undefined),
  };
}
