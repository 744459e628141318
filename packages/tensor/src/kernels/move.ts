import { f32Bits, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import type { DType } from '../dtype.ts';
import { sizeOf, type Shape } from '../shape/shape.ts';
import { mergeAxes, type LoopAxis } from '../shape/strides.ts';
import { elementGrain } from './elementwise.ts';

const wordBytes = 4;

/** Rows and columns of a transposed tile. The source and the target of a tile both stay in the first-level cache. */
const transposedTile = 64;

/** The positions of elements in an array, for a loop over several indices: `offset + Σ index · stride`. */
export interface StridedView {
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * A step that copies one element for every index of `shape`, from its position by `from` to its position by `to`
 * (`assembly/move.ts`, `copy_strided`). The last axis of `shape` is the one along which `to` is densest.
 */
export function copyStep(shape: Shape, input: number, from: StridedView, output: number, to: StridedView): WasmStep {
  const axes = mergeAxes(shape, [from.strides, to.strides]).map(axisInBytes);
  const columns = axes.pop() ?? single;
  // If the input is not contiguous along the columns, take an axis along which it is contiguous as the rows. Then whole
  // vectors are read and written.
  const dense = columns.from > wordBytes ? axes.findIndex((axis) => axis.from === wordBytes) : -1;
  const [rows = single] = axes.splice(dense < 0 ? axes.length - 1 : dense, 1);

  const blocked = dense >= 0 && columns.to === wordBytes;
  const tileColumns = Math.min(columns.size, blocked ? transposedTile : elementGrain);
  const tileRows = Math.min(rows.size, blocked ? transposedTile : Math.ceil(elementGrain / tileColumns));
  const tiles = Math.ceil(rows.size / tileRows) * Math.ceil(columns.size / tileColumns);
  return {
    entry: 'copy_strided',
    params: [
      input + from.offset * wordBytes,
      output + to.offset * wordBytes,
      ...[rows.size, rows.from, rows.to],
      ...[columns.size, columns.from, columns.to],
      ...[tileRows, tileColumns],
      axes.length,
      ...axes.flatMap((axis) => [axis.size, axis.from, axis.to]),
    ],
    items: sizeOf(shape) === 0 ? 0 : axes.reduce((product, axis) => product * axis.size, tiles),
    grain: Math.ceil(elementGrain / (tileRows * tileColumns)),
    scratchBytes: axes.length * wordBytes,
  };
}

interface CopyAxis {
  readonly size: number;
  /** Strides in bytes. */
  readonly from: number;
  readonly to: number;
}

const single: CopyAxis = { size: 1, from: 0, to: 0 };

function axisInBytes({ size, strides: [from = 0, to = 0] }: LoopAxis): CopyAxis {
  return { size, from: from * wordBytes, to: to * wordBytes };
}

/** A step that sets every element of `output` to `value`. */
export function fillStep(output: WasmView, value: number): WasmStep {
  return {
    entry: 'fill_word',
    params: [output.pointer, wordOf(value, output.dtype)],
    items: sizeOf(output.shape),
    grain: elementGrain,
  };
}

function wordOf(value: number, dtype: DType): number {
  return dtype === 'float32' ? f32Bits(value) : value;
}

/** The axes of a tensor in the form that indexSelect and indexAdd need. */
interface RowLayout {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

function rowsOf(shape: Shape, axis: number): RowLayout {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}

/** A step that picks entries of `x` along `axis`. */
export function indexSelectStep(x: WasmView, index: WasmView, output: WasmView, axis: number): WasmStep {
  const { outer, size, inner } = rowsOf(x.shape, axis);
  const count = sizeOf(index.shape);
  return {
    entry: 'index_select',
    params: [x.pointer, index.pointer, output.pointer, size, count, inner],
    items: inner === 0 ? 0 : outer * count,
    grain: Math.max(1, Math.ceil(elementGrain / Math.max(1, inner))),
  };
}

/** A step that adds up entries of `source` along `axis`. */
export function indexAddStep(source: WasmView, index: WasmView, output: WasmView, axis: number): WasmStep {
  const { outer, size, inner } = rowsOf(output.shape, axis);
  const count = sizeOf(index.shape);
  return {
    entry: 'index_add',
    params: [source.pointer, index.pointer, output.pointer, size, count, inner],
    items: size === 0 ? 0 : outer * inner,
    grain: 16 * Math.ceil(elementGrain / (16 * (size + count))),
  };
}
