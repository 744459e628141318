import { f32Bits, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf } from '../shape/shape.ts';
import { elementGrain } from './elementwise.ts';

/** The inputs that an output element takes along one axis: `start`, `start + 1`…, with one weight each. */
export interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

/** The adjoint of a linear map of `size` inputs. The taps of the map must start further along from output to output. */
export function transposeTaps(taps: readonly Taps[], size: number): Taps[] {
  const transposed = Array.from({ length: size }, () => ({ start: 0, weights: new Array<number>() }));
  for (const [output, { start, weights }] of taps.entries()) {
    for (const [i, weight] of weights.entries()) {
      const list = transposed[start + i];
      if (list === undefined) continue;
      if (list.weights.length === 0) list.start = output;
      list.weights.push(weight);
    }
  }
  return transposed;
}

/** A step that maps the planes of [N, C, H, W] along both axes (`assembly/resize.ts`). */
export function resampleStep(x: WasmView, rows: readonly Taps[], columns: readonly Taps[], output: WasmView): WasmStep {
  const [height, width] = [sizeAt(x.shape, 2), sizeAt(x.shape, 3)];
  const outRows = sizeOf(output.shape.slice(0, 3));
  const [down, across] = [tableOf(rows), tableOf(columns)];
  const sizes = [height, width, rows.length, columns.length, down.stride, across.stride];
  return {
    entry: 'resample',
    params: [x.pointer, output.pointer, ...sizes].concat(down.words, across.words),
    items: sizeOf(output.shape) === 0 ? 0 : outRows,
    grain: Math.ceil(elementGrain / (width + columns.length)),
    scratchBytes: width * 4,
  };
}

/**
 * A table with the taps of each output as words. All rows have the same length, so that a kernel finds a row by its
 * number.
 */
function tableOf(taps: readonly Taps[]): { stride: number; words: number[] } {
  const most = taps.reduce((longest, { weights }) => Math.max(longest, weights.length), 0);
  const words: number[] = [];
  for (const { start, weights } of taps) {
    words.push(start, weights.length);
    for (let i = 0; i < most; i += 1) words.push(f32Bits(weights[i] ?? 0));
  }
  return { stride: 2 + most, words };
}
