import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf } from '../shape/shape.ts';

/** The number of elements that is worth waking a thread for; each element costs an exponential. */
const grainElements = 4096;
/**
 * The number of columns that a kernel takes at once, and the bytes that it keeps for each column: the largest element
 * and the total.
 */
const blockColumns = 64;
const bytesPerColumn = 4 + 8;

/**
 * A step of `assembly/softmax.ts` along `axis` (from the front). Words: the addresses of x and of the output, the size
 * of the axis, and the number of elements for each index of the axis.
 */
export function softmaxStep(name: 'softmax' | 'logSoftmax', x: WasmView, output: WasmView, axis: number): WasmStep {
  const outer = sizeOf(x.shape.slice(0, axis));
  const size = x.shape[axis] ?? 1;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const isRows = inner === 1;
  const unitElements = size * (isRows ? 1 : Math.min(inner, blockColumns));
  return {
    entry: `${name}${isRows ? 'Rows' : 'Columns'}_f32`,
    params: [x.pointer, output.pointer, size, inner],
    items: isRows ? outer : outer * Math.ceil(inner / blockColumns),
    grain: Math.max(1, Math.ceil(grainElements / Math.max(1, unitElements))),
    scratchBytes: blockColumns * bytesPerColumn,
  };
}
