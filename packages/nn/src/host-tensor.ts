import { fromArray, type CreationOptions, type HostArrays, type Shape, type Tensor } from '@hypercorr/tensor';

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

/** @throws DTypeError for float64 that is not to be rounded, on an engine without it */
export function place(host: HostTensor, { float64 = 'keep', ...options }: PlacementOptions = {}): Tensor {
  const data = host.dtype === 'float64' && float64 === 'round' ? Float32Array.from(host.data) : host.data;
  return fromArray(data, host.shape, options);
}
