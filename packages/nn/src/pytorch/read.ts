import type { FormatError } from '@hypercorr/tensor';
import { checkOptions, sizeOf } from '@hypercorr/tensor/op';
import { decodedBytes } from '../safetensors/decode.ts';
import { quote, type RawTensor, type StoredTensor } from '../safetensors/format.ts';
import { describeOtherFormat, tellingBytes } from '../other-formats.ts';
import type { ParseOptions } from '../safetensors/read.ts';
import { StoredState, noSuchTensor } from '../stored-state.ts';
import type { Container } from './container.ts';
import { findState } from './find-state.ts';
import { mostBytes, refusing, type Refuse } from './format.ts';
import { openLegacyContainer } from './legacy-container.ts';
import { elementsOf } from './torch/elements.ts';
import type { View } from './torch/tensor.ts';
import { openZipContainer } from './zip-container.ts';

export interface PyTorchOptions extends ParseOptions {
  /**
   * The key of the state dict in the saved object. Without it `state_dict`, `model_state_dict`, `model` and the object
   * itself are tried.
   */
  readonly key?: string;
}

const parseOptions = { source: true, key: true };

/**
 * Opens a file of `torch.save` that is in memory: a state dict, in the zip container (PyTorch since 1.6) or in the
 * legacy container. Nothing in the file is run, and only tensors and plain containers are made from it: placeholders,
 * which hold nothing, stand for all other objects. Views and parameters become tensors of their own. Elements are read
 * when asked for.
 *
 * @throws FormatError that names the source and the fault: an object without a state dict, such as a whole model;
 * big-endian elements; views that would take many times the file's bytes
 *
 * @example scope(() => void model.loadStateDict(parsePyTorch(bytes, { source: 'resnet50.pth' }).tensors()));
 */
export function parsePyTorch(bytes: Uint8Array, options: PyTorchOptions = {}): PyTorchState {
  checkOptions('parsePyTorch', options, parseOptions);
  const { source = 'PyTorch bytes', key } = options;
  const refuse = refusing(source);
  const container = containerOf(bytes, refuse);
  const { tensors, others } = findState(container.root, key, refuse);
  const views = new Map([...tensors].map(([name, tensor]) => [name, tensor.view] as const));
  const taken = [...views.values()].reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * decodedBytes(dtype), 0);
  if (taken > mostBytes(bytes.length)) {
    throw refuse(
      `its ${views.size} tensors would take ${taken} bytes, of a file of ${bytes.length}: too many look at the same elements; save copies: tensor.clone()`,
    );
  }
  return new PyTorchState(container, views, others, refuse);
}

function containerOf(bytes: Uint8Array, refuse: Refuse): Container {
  switch (pytorchContainer(bytes)) {
    case 'zip':
      return openZipContainer(bytes, refuse);
    case 'legacy':
      return openLegacyContainer(bytes, refuse);
    case 'tar':
      throw refuse('it is a tar archive of PyTorch before 0.1.10; save it again with a newer one');
    case undefined:
      throw refuse(
        describeOtherFormat(bytes.subarray(0, tellingBytes)) ??
          'it is no file of torch.save: it begins neither as a zip archive nor as a pickle',
      );
  }
}

/** The container of a PyTorch file, told from its first bytes: `tellingBytes`. */
export function pytorchContainer(start: Uint8Array): 'zip' | 'legacy' | 'tar' | undefined {
  if (startsWith(start, 0, [0x50, 0x4b, 3, 4])) return 'zip';
  // The opcode of a protocol at the start of a pickle.
  if (start[0] === 0x80 && (start[1] ?? Infinity) <= 5) return 'legacy';
  return startsWith(start, 257, [...new TextEncoder().encode('ustar')]) ? 'tar' : undefined;
}

function startsWith(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, i) => bytes[at + i] === byte);
}

/** The state dict of a PyTorch file in memory. */
export class PyTorchState extends StoredState {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  /** PyTorch keeps no text with the tensors. */
  readonly metadata: Readonly<Record<string, string>> = {};
  /** Names in the state dict that stand for no tensor. Their values are not read. */
  readonly others: readonly string[];
  readonly #container: Container;
  readonly #views: ReadonlyMap<string, View>;
  readonly #refuse: Refuse;

  /** @internal Made by `parsePyTorch`. */
  constructor(container: Container, views: ReadonlyMap<string, View>, others: readonly string[], refuse: Refuse) {
    super();
    this.#container = container;
    this.#views = views;
    this.#refuse = refuse;
    this.entries = new Map([...views].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
    this.others = others;
  }

  raw(name: string): RawTensor {
    const view = this.#views.get(name);
    if (view === undefined) throw this.refuse(noSuchTensor(this.entries, name));
    const { dtype, shape, storage } = view;
    return {
      dtype,
      shape,
      bytes: elementsOf(view, this.#container.record(storage.key), (what) =>
        this.refuse(`tensor ${quote(name)}: ${what}`),
      ),
    };
  }

  protected refuse(what: string): FormatError {
    return this.#refuse(what);
  }
}
