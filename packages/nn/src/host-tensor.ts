import { fromArray, type CreationOptions, type HostArrays, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';

/** Elements on the host, in row-major order: a tensor before it has an engine. */
export type HostTensor = {
  readonly [D in keyof HostArrays]: { readonly dtype: D; readonly shape: Shape; readonly data: HostArrays[D] };
}[keyof HostArrays];

/** How a stored tensor becomes one on an engine. */
export interface PlacementOptions extends CreationOptions {
  /**
   * What becomes of float64: kept (the default; the reference backend alone has it), or rounded to float32.
   */
  readonly float64?: 'keep' | 'round';
}

/** The names of what says where a tensor goes. */
export const placementOptions = { engine: true, float64: true };

/** @throws DTypeError for float64 that is not to be rounded, on an engine without it */
export function place(host: HostTensor, options: PlacementOptions = {}): Tensor {
  checkOptions('tensor', options, placementOptions);
  const { float64 = 'keep', ...creation } = options;
  const data = host.dtype === 'float64' && float64 === 'round' ? Float32Array.from(host.data) : host.data;
  return fromArray(data, host.shape, creation);
}
