import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf } from '../shape/shape.ts';

/** The number of elements that is worth waking a thread for. */
const grainElements = 16384;
/** The number of columns that a kernel takes at once, and the bytes that it keeps for each column. */
const blockColumns = 64;
const bytesPerTotal = 8;

/**
 * A step of `assembly/scan.ts` along `axis` (from the front). Words: the addresses of x and of the output, the size of
 * the axis, the number of elements for each index of the axis, and 1 where sums run from the end.
 */
export function cumsumStep(x: WasmView, output: WasmView, axis: number, reverse: boolean): WasmStep {
  const outer = sizeOf(x.shape.slice(0, axis));
  const size = x.shape[axis] ?? 1;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const isRows = inner === 1;
  const unitElements = size * (isRows ? 1 : Math.min(inner, blockColumns));
  return {
    entry: `cumsum${isRows ? 'Rows' : 'Columns'}_${x.dtype === 'float32' ? 'f32' : 'i32'}`,
    params: [x.pointer, output.pointer, size, inner, Number(reverse)],
    items: isRows ? outer : outer * Math.ceil(inner / blockColumns),
    grain: Math.max(1, Math.ceil(grainElements / Math.max(1, unitElements))),
    scratchBytes: blockColumns * bytesPerTotal,
  };
}
