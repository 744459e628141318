import { PANEL_ROWS } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { gatherRows, WEIGHT_DEPTH } from '@hypercorr/tensor/assembly/winograd-weight-transform';
import { SIDE } from '@hypercorr/tensor/assembly/winograd-transforms';
import { transformKernel5 } from './winograd5-transforms';

/**
 * Transforms 5×5 kernels and packs them as left operands, one for each of the 36 elements.
 *
 * Parameters: weights, packed (addresses); outputs, channels; strides of output, channel, kernel row and
 * kernel column (elements); bytes between packed elements. Units are panels of 4 outputs.
 * Scratch: 30 vectors.
 */
export function winograd5Weights(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3);
  const outputStride = sizeAt(params, 4) << 2, channelStride = sizeAt(params, 5) << 2;
  const rowStride = sizeAt(params, 6) << 2, columnStride = sizeAt(params, 7) << 2;
  const elementStride = <usize>sizeAt(params, 8);
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS;
    const lanes = m - row;
    for (let k: u32 = 0; k < channels; k++) {
      const from = pointerAt(params, 0) + row * outputStride + k * channelStride;
      for (let j: u32 = 0; j < 5; j++) {
        const column = from + j * columnStride;
        transformKernel5(
          gatherRows(column, outputStride, lanes), gatherRows(column + rowStride, outputStride, lanes),
          gatherRows(column + 2 * rowStride, outputStride, lanes), gatherRows(column + 3 * rowStride, outputStride, lanes),
          gatherRows(column + 4 * rowStride, outputStride, lanes), scratch + (j << 4), 80,
        );
      }
      const block = k - k % WEIGHT_DEPTH;
      const place = block * paddedRows + row * min(WEIGHT_DEPTH, channels - block) + (k - block) * PANEL_ROWS;
      const to = pointerAt(params, 1) + (<usize>place << 2);
      for (let i: usize = 0; i < SIDE; i++) {
        const half = scratch + i * 80;
        const g0 = v128.load(half, 0), g1 = v128.load(half, 16), g2 = v128.load(half, 32), g3 = v128.load(half, 48);
        transformKernel5(g0, g1, g2, g3, v128.load(half, 64), to + i * SIDE * elementStride, elementStride);
      }
    }
  }
}
