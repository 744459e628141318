import { fromArray, type CreationOptions, type HostArrays, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';

/** Elements on the host, in row-major order: a tensor before it has an engine. */
export type HostTensor = {
  readonly [D in keyof HostArrays]: { readonly dtype: D; readonly shape: Shape; readonly data: HostArrays[D] };
}[keyof HostArrays];

/** How a stored tensor becomes one on an engine. */
export interface PlacementOptions extends CreationOptions {
  /** What to do with float64: keep it (the default; only the reference backend has float64), or round it to float32. */
  readonly float64?: 'keep' | 'round';
}

/** The names of the options that place a tensor. */
export const placementOptions = { engine: true, float64: true };

/** @throws DTypeError for float64 elements to keep on an engine without float64 */
export function place(host: HostTensor, options: PlacementOptions = {}): Tensor {
  checkOptions('tensor', options, placementOptions);
  const { float64 = 'keep', ...creation } = options;
  const { dtype } = host;
  return fromArray(host.data, host.shape, {
    ...creation,
    dtype: dtype === 'float64' && float64 === 'round' ? 'float32' : dtype,
  });
}
