import { childKeys, uniform, zeros, type CreationOptions, type Key, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';

/** The options of modules with random initial weights. */
export interface InitialisationOptions extends CreationOptions {
  /** The key of the random numbers; `null` makes zeros, for a state dict to replace. */
  readonly key: Key | null;
}

const names = { engine: true };

/**
 * PyTorch's default for the weights and biases of linear and convolution layers: uniform in ±1/√fanIn.
 * (For weights PyTorch writes it as He et al.'s uniform initialisation, *Delving Deep into Rectifiers*, 2015, with a =
 * √5: bound = √(6 / ((1 + a²) fanIn)).)
 *
 * @param key the key of the random numbers; `null` gives zeros
 * @param fanIn how many inputs one output sums over
 */
export function fanInUniform<const S extends Shape>(
  key: Key | null,
  shape: S,
  fanIn: number,
  options: CreationOptions = {},
): Tensor<S, 'float32'> {
  checkOptions('fanInUniform', options, names);
  if (key === null) return zeros(shape, options);
  // A layer without inputs has no weights, and PyTorch's bound for its bias is 0.
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return uniform(key, shape, { ...options, min: -bound, max: bound });
}

/** Two keys from one key, or two `null` from `null`. */
export function splitKey(key: Key | null): readonly [Key | null, Key | null] {
  if (key === null) return [null, null];
  const [first = key, second = key] = childKeys(key, 2);
  return [first, second];
}
