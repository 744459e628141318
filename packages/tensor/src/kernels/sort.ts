import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf } from '../shape/shape.ts';

/** The number of elements that is worth waking a thread for; each element takes about twenty nanoseconds. */
const grainElements = 2048;
/** If the call keeps no more than one element in this many, a heap of the kept elements is faster than sorting all. */
const selected = 4;
const bytesPerWord = 8;

/** The step of `assembly/sort.ts` that writes the first positions of every line along `axis`, as many as `output` holds. */
export function argSortStep(x: WasmView, output: WasmView, axis: number, descending: boolean): WasmStep {
  const [length, count] = [sizeAt(x.shape, axis), sizeAt(output.shape, axis)];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const selects = count * selected <= length;
  return {
    entry: `${selects ? 'argSelect' : 'argSort'}_${x.dtype === 'float32' ? 'f32' : 'i32'}`,
    params: [x.pointer, output.pointer, length, count, inner, Number(descending)],
    items: count === 0 ? 0 : sizeOf(x.shape.with(axis, 1)),
    grain: Math.ceil(grainElements / Math.max(1, length)),
    scratchBytes: 2 * bytesPerWord * (selects ? count : length),
  };
}
