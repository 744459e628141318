import { scope, type FormatError, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { placementOptions, place, type HostTensor, type PlacementOptions } from './host-tensor.ts';
import { decodeElements } from './safetensors/decode.ts';
import { quote, type RawTensor, type StoredTensor } from './safetensors/format.ts';

/** Tensors by name in a file that is in memory. They are decoded when asked for. */
export abstract class StoredState {
  /** The tensors in the file's order. Element types have safetensors' names, for every format. */
  abstract readonly entries: ReadonlyMap<string, StoredTensor>;
  /** Free text kept with the tensors. */
  abstract readonly metadata: Readonly<Record<string, string>>;

  /** One tensor's elements as they are stored. @throws FormatError for a name that the file does not have */
  abstract raw(name: string): RawTensor;

  protected abstract refuse(what: string): FormatError;

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  /**
   * One tensor's elements, exactly: F16 and BF16 become float32, integers int32.
   *
   * @throws FormatError for a name that the file does not have, or elements that no dtype of this library can hold
   */
  read(name: string): HostTensor {
    return decodeElements(this.raw(name), (what) => this.refuse(`tensor ${quote(name)} ${what}`));
  }

  /**
   * One tensor, on an engine. @throws as `read`, and DTypeError for float64 elements to keep on an engine without
   * float64
   */
  tensor(name: string, options: PlacementOptions = {}): Tensor {
    return place(this.read(name), options);
  }

  /** All tensors by name. @throws as `tensor` */
  tensors(options: PlacementOptions = {}): Record<string, Tensor> {
    checkOptions('tensors', options, placementOptions);
    return scope(() => Object.fromEntries(this.names.map((name) => [name, this.tensor(name, options)])));
  }
}

/** The message for a name that the file does not have. */
export function noSuchTensor(entries: ReadonlyMap<string, unknown>, name: string): string {
  const some = [...entries.keys()].slice(0, 5).map(quote).join(', ');
  return `there is no tensor ${quote(name)}; it holds ${entries.size}: ${entries.size > 5 ? `${some}, …` : some}`;
}
