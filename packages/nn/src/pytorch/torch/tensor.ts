import type { Shape } from '@hypercorr/tensor';
import { formatShape, sizeOf } from '@hypercorr/tensor/op';
import { elementBytes, maxAxes, type StoredDType } from '../../safetensors/format.ts';
import type { Refuse } from '../format.ts';
import { Buildable, List, Tuple, kindOf, type PickleValue } from '../pickle/values.ts';
import { Storage, toSize } from './storage.ts';

/** The part of a storage that a tensor shows; sizes and strides in elements. */
export interface View {
  readonly dtype: StoredDType;
  readonly storage: Storage;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Position of the first element in the storage. */
  readonly offset: number;
}

/** A tensor or parameter during unpickling. Old files make the tensor first and set its storage later. */
export class TorchTensor extends Buildable {
  readonly what = 'a tensor';
  readonly #refuse: Refuse;
  #view: View | undefined;

  constructor(view: View | undefined, refuse: Refuse) {
    super();
    this.#view = view;
    this.#refuse = refuse;
  }

  get view(): View {
    if (this.#view === undefined) throw this.#refuse('its pickle has a tensor that looks at nothing');
    return this.#view;
  }

  /**
   * `Tensor.__setstate__` of PyTorch: (requires_grad, volatile, hooks), or the old (storage, offset, size, stride), or
   * the older (data, gradient, hooks, requires_grad, volatile).
   */
  build(state: PickleValue): void {
    const items = state instanceof Tuple ? state.items : [];
    const [first] = items;
    if (items.length === 4) this.#view = readView(items, this.#refuse);
    else if (items.length === 5 && first instanceof TorchTensor) this.#view = first.view;
    else if (items.length !== 3) throw this.#refuse(`its pickle gives a tensor ${kindOf(state)} as its state`);
  }
}

/**
 * @param items storage, offset, size, stride, and further items that are ignored
 * @param dtype the elements' dtype, if the storage is one of bytes
 * @throws FormatError for a view that does not lie within its storage
 */
export function readView(
  [storage, first, size, stride]: readonly PickleValue[],
  refuse: Refuse,
  dtype?: StoredDType,
): View {
  if (!(storage instanceof Storage)) throw refuse(`its pickle makes a tensor of ${kindOf(storage ?? null)}`);
  const view: View = {
    dtype: dtype ?? storage.dtype,
    storage,
    shape: readSizes(size, 'the size of a tensor', refuse),
    strides: readSizes(stride, 'the stride of a tensor', refuse),
    offset: toSize(first, 'the offset of a tensor', refuse),
  };
  const { shape, strides, offset } = view;
  if (shape.length !== strides.length) throw refuse(`a tensor of ${shape.length} axes has ${strides.length} strides`);
  const end = offset + reachOf(view);
  const elements = (storage.end - storage.begin) / elementBytes[view.dtype];
  // An empty slice may begin anywhere, even behind the end.
  if (end > elements && !shape.includes(0)) {
    throw refuse(
      `a tensor ${formatShape(shape)} with strides ${formatShape(strides)} ends at element ${end} of a storage that has ${elements}`,
    );
  }
  if (!Number.isSafeInteger(sizeOf(shape))) throw refuse(`a tensor claims to be ${formatShape(shape)}`);
  return view;
}

/** Elements from the view's first to one past its last: 1 + Σ (size − 1) · stride. */
export function reachOf({ shape, strides }: Pick<View, 'shape' | 'strides'>): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((reach, size, axis) => reach + (size - 1) * (strides[axis] ?? 0), 1);
}

function readSizes(value: PickleValue | undefined, what: string, refuse: Refuse): number[] {
  if (!(value instanceof Tuple || value instanceof List)) throw refuse(`${what} is ${kindOf(value ?? null)}`);
  if (value.items.length > maxAxes)
    throw refuse(`${what} has ${value.items.length} axes; PyTorch has ${maxAxes} at most`);
  return value.items.map((item) => toSize(item, what, refuse));
}
