import type { Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { placementOptions, type PlacementOptions } from '../host-tensor.ts';
import { openRegular, readRange } from '../read-range.ts';
import { refusing } from './format.ts';
import { parsePyTorch, type PyTorchOptions, type PyTorchState } from './read.ts';

const openOptions = { key: true };
const loadOptions = { ...placementOptions, key: true };

/**
 * Reads a whole file of `torch.save`. `parsePyTorch` says what the file may hold.
 *
 * @throws as `parsePyTorch`; the system's error for a file that cannot be read
 */
export async function openPyTorch(path: string, options: Omit<PyTorchOptions, 'source'> = {}): Promise<PyTorchState> {
  checkOptions('openPyTorch', options, openOptions);
  const refuse = refusing(path);
  const { handle, size } = await openRegular(path, refuse);
  try {
    return parsePyTorch(await readRange(handle, 0, size, refuse), { ...options, source: path });
  } finally {
    await handle.close();
  }
}

/**
 * All tensors of a state dict that `torch.save` wrote.
 *
 * @throws as `openPyTorch`, and DTypeError for float64 elements to keep on an engine without float64
 *
 * @example
 * const state = await loadPyTorch('resnet50-19c8e357.pth');
 * loadBackboneWeights(model.backbone, state);
 * for (const tensor of Object.values(state)) tensor.dispose();
 */
export async function loadPyTorch(
  path: string,
  options: PlacementOptions & Pick<PyTorchOptions, 'key'> = {},
): Promise<Record<string, Tensor>> {
  checkOptions('loadPyTorch', options, loadOptions);
  const { key, ...placement } = options;
  const state = await openPyTorch(path, key === undefined ? {} : { key });
  return state.tensors(placement);
}
