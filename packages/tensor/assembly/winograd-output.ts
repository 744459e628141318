// From the products of a Winograd convolution to the planes of the output.

import { PANEL_COLUMNS, PANEL_ROWS, TILE_BYTES } from './matmul-tile';
import { sizeAt } from './params';
import { storeTransposed } from './simd';
import { oddElement, oddStep } from './winograd-input';
import { PHASE_SIDE, POINTS, transformEvenOutput } from './winograd-phase-transforms';
import { gatherRows } from './winograd-weight-transform';
import { OUTPUTS, SIDE, transformOutput } from './winograd-transforms';

/** Bytes of work space: four rows of half transformed products, and a tile of four outputs. */
export const OUTPUT_SCRATCH: usize = (OUTPUTS * PHASE_SIDE + 16) << 4;

/**
 * Transforms `count` tiles from tile `first` on of `outputs` outputs of a convolution of stride 1, adds the bias (null for
 * none) and stores what lies inside the output planes. `view`, 6 words: the output's strides of image, channel, row and
 * column; its rows and columns. `from`: products [element][panel of 4 tiles][panel of 8 outputs][4][8], elements
 * `elementStep` bytes apart.
 */
export function storeOutputs(
  view: usize, output: usize, bias: usize, outputs: u32, tileRows: u32, tileColumns: u32, first: u32, count: u32,
  from: usize, elementStep: usize, work: usize,
): void {
  storeAll(1, view, output, bias, outputs, tileRows, tileColumns, first, count, from, elementStep, work);
}

/** The same for stride 2. */
export function storePhaseOutputs(
  view: usize, output: usize, bias: usize, outputs: u32, tileRows: u32, tileColumns: u32, first: u32, count: u32,
  from: usize, elementStep: usize, work: usize,
): void {
  storeAll(2, view, output, bias, outputs, tileRows, tileColumns, first, count, from, elementStep, work);
}

// @ts-ignore: decorator
@inline
function storeAll(
  stride: u32, view: usize, output: usize, bias: usize, outputs: u32, tileRows: u32, tileColumns: u32, first: u32,
  count: u32, from: usize, elementStep: usize, work: usize,
): void {
  const panels = (outputs + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
  const channelStride = sizeAt(view, 1) << 2, rowStride = sizeAt(view, 2) << 2;
  const side = <u32>(stride == 1 ? SIDE : PHASE_SIDE) << 4;
  const result = work + (OUTPUTS * PHASE_SIDE << 4);
  for (let i: u32 = 0; i < count; i++) {
    const tile = first + i;
    const row = tile / tileColumns % tileRows * OUTPUTS, column = tile % tileColumns * OUTPUTS;
    const image = tile / (tileRows * tileColumns) * sizeAt(view, 0);
    let plane = output + (<usize>(image + row * sizeAt(view, 2) + column * sizeAt(view, 3)) << 2);
    const rows = min(OUTPUTS, sizeAt(view, 4) - row), columns = min(OUTPUTS, sizeAt(view, 5) - column);
    const inside = columns == OUTPUTS && sizeAt(view, 3) == 1;
    const products = from + <usize>(i / PANEL_ROWS * panels) * TILE_BYTES + i % PANEL_ROWS * (PANEL_COLUMNS << 2);
    for (let channel: u32 = 0; channel < outputs; channel += 4) {
      const lanes = min(4, outputs - channel);
      const at = products + <usize>(channel / PANEL_COLUMNS) * TILE_BYTES + (channel % PANEL_COLUMNS << 2);
      if (stride == 1) transformColumns(at, elementStep, work);
      else transformPhaseColumns(at, elementStep, work);
      const shift = bias != 0 ? gatherRows(bias + (channel << 2), 4, lanes) : f32x4.splat(0);
      const whole = inside && lanes == 4;
      let to = whole ? plane : result;
      const step = whole ? channelStride : OUTPUTS * OUTPUTS << 2;
      for (let m = work; m < work + rows * side; m += side) {
        // Lanes are outputs before the transposition, columns after it.
        if (stride == 1) storeRow(m, shift, to, step);
        else storePhaseRow(m, shift, to, step);
        to += whole ? rowStride : OUTPUTS << 2;
      }
      if (!whole) copyTiles(view, result, lanes, rows, columns, plane);
      plane += 4 * channelStride;
    }
  }
}

/** Aᵀ M: work[row][column]. */
// @ts-ignore: decorator
@inline
function transformColumns(from: usize, elementStep: usize, work: usize): void {
  const rowStep = SIDE * elementStep;
  for (let column: usize = 0; column < SIDE; column++) {
    const m = from + column * elementStep, to = work + (column << 4);
    const m0 = v128.load(m), m1 = v128.load(m + rowStep), m2 = v128.load(m + 2 * rowStep);
    const m3 = v128.load(m + 3 * rowStep), m4 = v128.load(m + 4 * rowStep), m5 = v128.load(m + 5 * rowStep);
    v128.store(to, transformOutput(0, m0, m1, m2, m3, m4, m5), 0 * SIDE * 16);
    v128.store(to, transformOutput(1, m0, m1, m2, m3, m4, m5), 1 * SIDE * 16);
    v128.store(to, transformOutput(2, m0, m1, m2, m3, m4, m5), 2 * SIDE * 16);
    v128.store(to, transformOutput(3, m0, m1, m2, m3, m4, m5), 3 * SIDE * 16);
  }
}

/** (Aᵀ M) A of one row, transposed: four columns of each of four outputs, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeRow(m: usize, shift: v128, to: usize, step: usize): void {
  const m0 = v128.load(m, 0), m1 = v128.load(m, 16), m2 = v128.load(m, 32);
  const m3 = v128.load(m, 48), m4 = v128.load(m, 64), m5 = v128.load(m, 80);
  storeTransposed(
    f32x4.add(shift, transformOutput(0, m0, m1, m2, m3, m4, m5)),
    f32x4.add(shift, transformOutput(1, m0, m1, m2, m3, m4, m5)),
    f32x4.add(shift, transformOutput(2, m0, m1, m2, m3, m4, m5)),
    f32x4.add(shift, transformOutput(3, m0, m1, m2, m3, m4, m5)),
    to, step,
  );
}

/** The same for stride 2: the even phase is transformed, the odd one added. */
// @ts-ignore: decorator
@inline
function transformPhaseColumns(from: usize, elementStep: usize, work: usize): void {
  const rowStep = PHASE_SIDE * elementStep;
  for (let column: usize = 0; column < PHASE_SIDE; column++) {
    const m = from + column * elementStep, to = work + (column << 4);
    const odd = from + oddElement(column) * elementStep, step = oddStep(column) * elementStep;
    const m0 = v128.load(m), m1 = v128.load(m + rowStep), m2 = v128.load(m + 2 * rowStep);
    const m3 = v128.load(m + 3 * rowStep), m4 = v128.load(m + 4 * rowStep);
    v128.store(to, f32x4.add(v128.load(odd), transformEvenOutput(0, m0, m1, m2, m3, m4)), 0 * PHASE_SIDE * 16);
    v128.store(to, f32x4.add(v128.load(odd + step), transformEvenOutput(1, m0, m1, m2, m3, m4)), 1 * PHASE_SIDE * 16);
    v128.store(to, f32x4.add(v128.load(odd + 2 * step), transformEvenOutput(2, m0, m1, m2, m3, m4)), 2 * PHASE_SIDE * 16);
    v128.store(to, f32x4.add(v128.load(odd + 3 * step), transformEvenOutput(3, m0, m1, m2, m3, m4)), 3 * PHASE_SIDE * 16);
  }
}

// @ts-ignore: decorator
@inline
function storePhaseRow(m: usize, shift: v128, to: usize, step: usize): void {
  const m0 = v128.load(m, 0), m1 = v128.load(m, 16), m2 = v128.load(m, 32), m3 = v128.load(m, 48), m4 = v128.load(m, 64);
  const odd = m + (POINTS << 4);
  storeTransposed(
    f32x4.add(f32x4.add(shift, v128.load(odd, 0)), transformEvenOutput(0, m0, m1, m2, m3, m4)),
    f32x4.add(f32x4.add(shift, v128.load(odd, 16)), transformEvenOutput(1, m0, m1, m2, m3, m4)),
    f32x4.add(f32x4.add(shift, v128.load(odd, 32)), transformEvenOutput(2, m0, m1, m2, m3, m4)),
    f32x4.add(f32x4.add(shift, v128.load(odd, 48)), transformEvenOutput(3, m0, m1, m2, m3, m4)),
    to, step,
  );
}

/** The parts of the 4×4 tiles of `lanes` outputs that lie inside the planes. */
function copyTiles(view: usize, from: usize, lanes: u32, rows: u32, columns: u32, to: usize): void {
  const channelStride = sizeAt(view, 1) << 2, rowStride = sizeAt(view, 2) << 2, columnStride = sizeAt(view, 3) << 2;
  for (let lane: u32 = 0; lane < lanes; lane++) {
    for (let i: u32 = 0; i < rows; i++) {
      const row = from + (lane * OUTPUTS + i) * (OUTPUTS << 2), place = to + i * rowStride;
      for (let j: u32 = 0; j < columns; j++) f32.store(place + j * columnStride, f32.load(row + (j << 2)));
    }
    to += channelStride;
  }
}
