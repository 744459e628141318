import type { WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import { elementGrain } from './elementwise.ts';

/** A window without holes, and how it moves. */
export interface PoolWindow {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  /** Rows and columns of padding on every side. */
  readonly padding: readonly [height: number, width: number];
}

/** A step of max pooling; units are rows of the output (`assembly/pool.ts`). */
export function maxPool2dStep(x: WasmView, output: WasmView, window: PoolWindow): WasmStep {
  const width = sizeAt(x.shape, 3);
  return {
    entry: 'max_pool2d',
    params: [x.pointer, 0, output.pointer, ...geometry(x.shape, output.shape, window)],
    items: sizeOf(output.shape.slice(0, 3)),
    grain: Math.ceil(elementGrain / (width * window.kernel[0])),
    // A margin on both sides, and one more element that vectors may read.
    scratchBytes: 4 * (width + 2 * window.padding[1] + 1),
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

function geometry(x: Shape, pooled: Shape, { kernel, stride, padding }: PoolWindow): number[] {
  return [...x.slice(2), ...pooled.slice(2), ...kernel, ...stride, ...padding].map(Number);
}
