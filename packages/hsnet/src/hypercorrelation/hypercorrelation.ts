import {
  DTypeError,
  GradientError,
  type FloatDType,
  type Shape,
  type Spec,
  type Tensor,
  type TensorList,
} from '@hypercorr/tensor';
import { defineOp, isFloat, rule, run, type Fits, type Named, type NdArray, type Op } from '@hypercorr/tensor/op';
import { pairGradient } from './gradient.ts';
import { hypercorrelationPasses } from './gpu.ts';
import { mapsOf, nameMaps, pairsOf, placeOf, type Maps } from './pairs.ts';
import { hypercorrelationShape, type Hypercorrelation, type HypercorrelationCheck } from './shape.ts';
import { hypercorrelationSteps } from './wasm.ts';

/** Added to the length of every vector, so that zero vectors give 0. */
export const epsilon = 1e-5;

const op = 'hypercorrelation';

// C[b,i,x,x'] = ReLU( qᵢ(x)·sᵢ(x') / ((‖qᵢ(x)‖ + ε) (‖sᵢ(x')‖ + ε)) ), with vectors along the channels of map i
export const hypercorrelationOp: Op<string, object> = defineOp<string, object>({
  name: op,
  package: '@hypercorr/hsnet',
  infer(inputs) {
    const { queries, supports } = mapsOf(inputs);
    const shape = hypercorrelationShape(shapesOf(queries), shapesOf(supports));
    const [dtype = 'float32', ...others] = [...queries, ...supports].map((map) => map.dtype);
    if (!isFloat(dtype)) throw new DTypeError(op, `takes floating point, got ${dtype}; cast it first`);
    const other = others.find((candidate) => candidate !== dtype);
    if (other !== undefined)
      throw new DTypeError(op, `the maps are ${dtype} and ${other}; cast one to the other's dtype`);
    return { shape, dtype };
  },
  gradients: {
    '*': rule(
      (input) => [input, placeOf(input).partner, 'output'],
      ({ input, saved, cotangent }) => {
        const { tap, isQuery, partner } = placeOf(input);
        const [own, other, correlations] = [kept(saved, input), kept(saved, partner), kept(saved, 'output')];
        return pairGradient({ own, other, correlations, cotangent, tap, isQuery, epsilon });
      },
    ),
  },
  kernels: {
    reference(inputs, output) {
      for (const [tap, { query, support }] of pairsOf(inputs).entries()) correlate(query, support, output, tap);
    },
    wasm: (inputs, output, _, launch) => hypercorrelationSteps(pairsOf(inputs), output, epsilon, launch),
    gpu: (inputs, output) => hypercorrelationPasses(pairsOf(inputs), output, epsilon),
  },
});

function kept(saved: Named<string, Tensor>, name: string): Tensor {
  const tensor = saved[name];
  if (tensor === undefined) throw new GradientError(op, `${name} was not kept for the gradient`);
  return tensor;
}

/** Writes the correlations of one pair into the stack, at index `tap`. */
function correlate(query: NdArray, support: NdArray, output: NdArray, tap: number): void {
  const [batch = 0, taps = 0, hq = 0, wq = 0, hs = 0, ws = 0] = output.shape;
  const [queries, supports] = [hq * wq, hs * ws];
  const channels = query.shape[1] ?? 0;
  for (let b = 0; b < batch; b += 1) {
    const vectorOf = (map: NdArray, positions: number, x: number) =>
      Array.from({ length: channels }, (_, c) => map.data[(b * channels + c) * positions + x] ?? 0);
    const units = (map: NdArray, positions: number) =>
      Array.from({ length: positions }, (_, x) => {
        const vector = vectorOf(map, positions, x);
        const length = Math.sqrt(vector.reduce((total, value) => total + value * value, 0)) + epsilon;
        return vector.map((value) => value / length);
      });
    const [q, s] = [units(query, queries), units(support, supports)];
    let at = (b * taps + tap) * queries * supports;
    for (const queryUnit of q) {
      for (const supportUnit of s) {
        const cosine = queryUnit.reduce((total, value, c) => total + value * (supportUnit[c] ?? 0), 0);
        output.data[at] = Math.max(0, cosine);
        at += 1;
      }
    }
  }
}

function shapesOf(maps: readonly Spec[]): Shape[] {
  return maps.map(({ shape }) => shape);
}

/**
 * Hypercorrelation (Min et al. 2021, eq. 2): the rectified cosine of every query position with every support position.
 * The results of a backbone's taps are stacked as channels.
 *
 * C = ReLU( Fq(x)·F̂s(x') / ((‖Fq(x)‖ + ε) (‖F̂s(x')‖ + ε)) ), ε = 1e-5. A mask (eq. 1) leaves zero vectors at support positions outside
 * of the object. Zero vectors give exact zeros, and on `wasm` they cost nothing.
 *
 * @param queries n feature maps [B, Cᵢ, hq, wq]; the channels may differ from map to map
 * @param supports n feature maps [B, Cᵢ, hs, ws], masked
 * @returns [B, n, hq, wq, hs, ws]
 * @throws ShapeError for lists that are empty or of unequal length, and for sizes that differ; DTypeError for dtypes
 * that are not floating point, and for unequal dtypes
 */
export function hypercorrelation<
  const Queries extends readonly Shape[],
  const Supports extends readonly Shape[],
  D extends FloatDType,
>(
  queries: TensorList<Queries, D>,
  supports: TensorList<Supports, D> & Fits<HypercorrelationCheck<Queries, Supports>>,
): Tensor<Hypercorrelation<Queries, Supports>, D> {
  const maps: Maps<Tensor> = { queries, supports };
  // The shapes are checked first, because empty lists have no engine to run on.
  hypercorrelationShape(shapesOf(maps.queries), shapesOf(maps.supports));
  return run(hypercorrelationOp, nameMaps(maps), {});
}
