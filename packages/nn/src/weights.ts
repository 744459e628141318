import { FormatError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { describeOtherFormat, tellingBytes } from './other-formats.ts';
import { parsePyTorch, pytorchContainer } from './pytorch/read.ts';
import { lengthBytes } from './safetensors/format.ts';
import { parseOptions, parseSafetensors, type ParseOptions } from './safetensors/read.ts';
import type { StoredState } from './stored-state.ts';

/** The formats of weights that this library reads. */
export type WeightsFormat = 'safetensors' | 'pytorch';

/**
 * A file's format, told by its content and not by its name.
 *
 * @param start the file's first 265 bytes, or all of a shorter file
 * @throws FormatError for any other format, such as a web page or a pointer of Git LFS. It says what the file is and what
 * to do, where the first bytes tell
 */
export function weightsFormat(start: Uint8Array, options: ParseOptions = {}): WeightsFormat {
  checkOptions('weightsFormat', options, parseOptions);
  const { source = 'weights' } = options;
  // A length below 2³², and the brace that opens a safetensors header.
  const isSafetensors =
    start[lengthBytes] === '{'.charCodeAt(0) && start.subarray(4, lengthBytes).every((byte) => byte === 0);
  if (isSafetensors) return 'safetensors';
  if (pytorchContainer(start) !== undefined) return 'pytorch';
  const what = describeOtherFormat(start) ?? 'it is neither a safetensors file nor one of torch.save';
  throw new FormatError('weights', `${source}: ${what}`);
}

/**
 * Opens weights that are in memory: a safetensors file, or a state dict of `torch.save`. The content tells the format.
 *
 * @throws FormatError for any other format; and as `parseSafetensors`, `parsePyTorch`
 *
 * @example
 * const bytes = new Uint8Array(await file.arrayBuffer());
 * scope(() => void model.loadStateDict(parseWeights(bytes, { source: file.name }).tensors()));
 */
export function parseWeights(bytes: Uint8Array, options: ParseOptions = {}): StoredState {
  checkOptions('parseWeights', options, parseOptions);
  const { source = 'weights' } = options;
  switch (weightsFormat(bytes.subarray(0, tellingBytes), { source })) {
    case 'safetensors':
      return parseSafetensors(bytes, { source });
    case 'pytorch':
      return parsePyTorch(bytes, { source });
  }
}
