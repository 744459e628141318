import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import { elementGrain } from './elementwise.ts';

/** A window, and how it moves. */
export interface PoolWindow {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  /** Rows of padding at the top, and columns on the left. */
  readonly padding: readonly [height: number, width: number];
  /** Rows of padding at the bottom, and columns on the right. */
  readonly paddingAfter: readonly [height: number, width: number];
  /** The distance between elements of the window. */
  readonly dilation: readonly [height: number, width: number];
  /** Whether the last window may reach beyond the padding. */
  readonly ceilMode: boolean;
}

/** A step of max pooling; units are rows of the output (`assembly/pool.ts`). */
export function maxPool2dStep(x: WasmView, output: WasmView, window: PoolWindow): WasmStep {
  const width = sizeAt(x.shape, 3);
  const { kernel, stride, padding, dilation } = window;
  const lastStart = (sizeAt(output.shape, 3) - 1) * stride[1] - padding[1];
  // Columns that the last window reaches behind the row; the padding at least, since windows mostly reach into it.
  const behind = Math.max(padding[1], lastStart + dilation[1] * (kernel[1] - 1) + 1 - width);
  return {
    entry: 'max_pool2d',
    params: [x.pointer, 0, output.pointer, ...geometry(x.shape, output.shape, window), behind],
    items: sizeOf(output.shape.slice(0, 3)),
    grain: Math.ceil(elementGrain / (width * kernel[0])),
    // A margin on both sides, and one more element that vectors may read.
    scratchBytes: 4 * (padding[1] + width + behind + 1),
  };
}

/** A step for the gradient of max pooling. A unit of work is a plane. */
export function maxPool2dGradientStep(
  x: WasmView,
  cotangent: WasmView,
  output: WasmView,
  window: PoolWindow,
): WasmStep {
  const pooled = sizeOf(cotangent.shape.slice(2));
  return {
    entry: 'max_pool2d_gradient',
    params: [x.pointer, cotangent.pointer, output.pointer, ...geometry(x.shape, cotangent.shape, window)],
    items: sizeOf(x.shape.slice(0, 2)),
    grain: Math.ceil(elementGrain / (pooled * window.kernel[0] * window.kernel[1])),
  };
}

function geometry(x: Shape, pooled: Shape, { kernel, stride, padding, dilation }: PoolWindow): number[] {
  return [...x.slice(2), ...pooled.slice(2), ...kernel, ...stride, ...padding, ...dilation].map(Number);
}
