// Transformed weights as operands of the products.

import { PANEL_ROWS } from './matmul-tile';
import { pointerAt, sizeAt } from './params';
import { transformWeights, WEIGHT_DEPTH } from './winograd-weight-transform';

/**
 * Transforms the weights of a convolution of stride 1 and packs them as left operands, one for each of the 36 elements.
 *
 * Parameters: weights, packed (addresses); outputs, channels; strides of output, channel, kernel row and
 * kernel column (elements); bytes between packed elements. Units are panels of 4 outputs.
 * Scratch: `WEIGHT_SCRATCH`.
 */
export function winogradWeights(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3);
  const view = params + (4 << 2);
  const outputStride = <usize>sizeAt(view, 0) << 2, channelStride = <usize>sizeAt(view, 1) << 2;
  const elementStep = <usize>sizeAt(params, 8);
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS;
    for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
      const depth = min(WEIGHT_DEPTH, channels - k);
      const to = pointerAt(params, 1) + (<usize>(k * paddedRows + row * depth) << 2);
      const from = pointerAt(params, 0) + row * outputStride + k * channelStride;
      transformWeights(view, from, m - row, depth, 1, scratch, to, elementStep, PANEL_ROWS << 2);
    }
  }
}
