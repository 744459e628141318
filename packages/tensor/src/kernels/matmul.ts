import type { WasmLaunch, WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { matMulShape } from '../shape/matmul.ts';
import { sizeOf, type Shape } from '../shape/shape.ts';
import { broadcastStrides, mergeAxes, type LoopAxis } from '../shape/strides.ts';
import { blockOf, grainFor, packRowsStep, panelRows, roundUp, tileScratchBytes } from './matmul-pack.ts';

/** An operand of the product: a matrix or a batch of matrices. Strides are in elements, 0 where a batch broadcasts. */
interface Operand {
  readonly pointer: number;
  /** Stride along the axis that the product keeps: m of the left, n of the right operand. */
  readonly keptStride: number;
  readonly depthStride: number;
  /** The number of stored matrices, one after another. */
  readonly matrices: number;
  /** Stride of each batch axis, in matrices. */
  readonly batchStrides: readonly number[];
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly left: Operand;
  readonly right: Operand;
  readonly batch: Shape;
  readonly out: number;
  readonly outRowStride: number;
  readonly outColumnStride: number;
}

/**
 * Steps of a batched matrix product: `assembly/matmul.ts`, or `assembly/matmul-vector.ts` where one side is a
 * vector. Either operand may be stored transposed; the batch axes broadcast. All float32.
 *
 * @param a `[…,m,k]`, or `[…,k,m]` with `transposeA`
 * @param b `[…,k,n]`, or `[…,n,k]` with `transposeB`
 * @param output `[…,m,n]`
 */
export function matmulSteps(
  a: WasmView,
  b: WasmView,
  output: WasmView,
  { transposeA = false, transposeB = false }: { readonly transposeA?: boolean; readonly transposeB?: boolean },
  launch: WasmLaunch,
): WasmStep[] {
  const { batch, m, n, k } = matMulShape('matmul', a.shape, b.shape, transposeA, transposeB);
  if (sizeOf(output.shape) === 0) return [];
  let product: Product = {
    m,
    n,
    k,
    batch,
    left: operand(a, batch, transposeA ? 1 : k, transposeA ? m : 1),
    right: operand(b, batch, transposeB ? k : 1, transposeB ? 1 : n),
    out: output.pointer,
    outRowStride: n,
    outColumnStride: 1,
  };
  product = foldBatch(product);
  if (paddedSize(product.n, product.m) < paddedSize(product.m, product.n)) product = transposed(product);
  return product.m === 1 ? [vectorStep(product)] : blockSteps(product, launch);
}

function operand(view: WasmView, batch: Shape, keptStride: number, depthStride: number): Operand {
  const own = view.shape.slice(0, -2);
  return {
    pointer: view.pointer,
    keptStride,
    depthStride,
    matrices: sizeOf(own),
    batchStrides: broadcastStrides(own, batch),
  };
}

/**
 * Treats many left matrices times one right matrix as one tall left matrix, so that the right matrix is packed once.
 */
function foldBatch(product: Product): Product {
  const { m, k, left, right, batch } = product;
  const entries = sizeOf(batch);
  const stacked = left.matrices === entries && left.depthStride === 1 && left.keptStride === k;
  return stacked && right.matrices === 1 ? { ...product, m: m * entries, batch: [] } : product;
}

/** The multiplications that the 4×8 tiles need for an m×n result, for each index of the depth. */
function paddedSize(m: number, n: number): number {
  return roundUp(m, panelRows) * roundUp(n, 2 * panelRows);
}

/** Cᵀ = Bᵀ·Aᵀ. */
function transposed(product: Product): Product {
  const { m, n, left, right, outRowStride, outColumnStride } = product;
  return {
    ...product,
    m: n,
    n: m,
    left: right,
    right: left,
    outRowStride: outColumnStride,
    outColumnStride: outRowStride,
  };
}

/**
 * The batch axes with the strides of two operands. The matrices of the operands are `leftSize` and `rightSize` elements
 * apart.
 */
function batchWords({ batch, left, right }: Product, leftSize: number, rightSize: number): number[] {
  const axes: readonly LoopAxis[] = mergeAxes(batch, [left.batchStrides, right.batchStrides]);
  const words = axes.flatMap(({ size, strides: [l = 0, r = 0] }) => [size, l * leftSize, r * rightSize]);
  return [axes.length, ...words];
}

function vectorStep(product: Product): WasmStep {
  const { n, k, left, right, out } = product;
  const columns = Math.min(512, roundUp(n, 4));
  return {
    entry: 'matmulVector',
    params: [
      left.pointer,
      right.pointer,
      out,
      n,
      k,
      left.depthStride,
      right.depthStride,
      // Read a single column as a row: the kernel takes an operand that is not contiguous along n as contiguous along
      // k.
      n === 1 ? k : right.keptStride,
      columns,
      ...batchWords(product, k, n * k),
    ],
    items: sizeOf(product.batch) * Math.ceil(n / columns),
    grain: grainFor(columns * k),
    scratchBytes: 4 * (roundUp(k, 4) + columns + 4),
    multiplyAdds: sizeOf(product.batch) * n * k,
  };
}

function blockSteps(product: Product, launch: WasmLaunch): WasmStep[] {
  const { m, n, k, left, right, batch } = product;
  const { pack, packed, matrixSize } = packRowsStep(
    {
      pointer: left.pointer,
      rows: m,
      rowStride: left.keptStride,
      matrices: left.matrices,
      matrixStride: m * k,
      depth: [{ size: k, stride: left.depthStride }],
    },
    launch,
  );
  const step = packedProductStep({
    ...product,
    left: packed,
    right: right.pointer,
    rightDepthStride: right.depthStride,
    rightKeptStride: right.keptStride,
    outEntryStride: m * n,
    entries: sizeOf(batch),
    batchWords: batchWords(product, matrixSize, n * k),
  });
  return [pack, step];
}

/** A product whose left operand is packed; strides in elements. */
export interface PackedProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Address of the packed left operand. */
  readonly left: number;
  readonly right: number;
  readonly rightDepthStride: number;
  readonly rightKeptStride: number;
  readonly out: number;
  readonly outRowStride: number;
  readonly outColumnStride: number;
  readonly outEntryStride: number;
  /** Whether to add to the values already in the output. */
  readonly accumulate?: boolean;
  /** Address of one value for each row of the result, or 0. The values are the same for every entry. */
  readonly bias?: number;
  /** The number of entries of the batch. */
  readonly entries: number;
  /** The number of batch axes, then for each its size and the strides of the left and the right operand. */
  readonly batchWords: readonly number[];
}

/** The step of `assembly/matmul.ts`. */
export function packedProductStep(product: PackedProduct): WasmStep {
  const { m, n, k, entries } = product;
  const block = blockOf(m, n, entries);
  return {
    entry: 'matmul',
    params: [
      product.left,
      product.right,
      product.out,
      product.bias ?? 0,
      m,
      n,
      k,
      product.rightDepthStride,
      product.rightKeptStride,
      product.outRowStride,
      product.outColumnStride,
      product.outEntryStride,
      block.rows,
      block.columns,
      Number(product.accumulate ?? false),
      ...product.batchWords,
    ],
    items: entries * Math.ceil(m / block.rows) * Math.ceil(n / block.columns),
    grain: grainFor(block.rows * block.columns * k),
    scratchBytes: tileScratchBytes(block, k),
    multiplyAdds: entries * m * n * k,
  };
}
