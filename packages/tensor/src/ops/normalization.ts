import { elementwise, num, pass, reduce, view } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { normalizeInputGradientSteps, normalizeSteps, normalizeWeightGradientSteps } from '../kernels/norm.ts';
import { defineOp, rule, type Op, type Gradient } from '../op.ts';
import { run } from '../run.ts';
import { channelsOf, expectShape, type Channels, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import {
  checkGroups,
  elementsOf,
  forEachElement,
  gpuLayout,
  gpuStatistics,
  layoutOf,
  statistics,
  type Groups,
} from './normalization-layout.ts';
import { sumOp } from './sum.ts';

export interface NormalizationAttrs {
  readonly groups: Groups;
  /** Added to the variance. */
  readonly eps: number;
}

/** The options of normalisations with a weight and a bias for each channel. */
export interface NormalizationOptions<
  Name extends string,
  S extends Shape,
  D extends FloatDType,
  Weight extends Shape,
  Bias extends Shape,
> {
  /** [C]; ones when left out. */
  readonly weight?: (Tensor<Weight, D> & Fits<ExpectCheck<Name, 'weight', Channels<S>, Weight>>) | undefined;
  /** [C]; zeros when left out. */
  readonly bias?: (Tensor<Bias, D> & Fits<ExpectCheck<Name, 'bias', Channels<S>, Bias>>) | undefined;
  /** Added to the variance; 1e-5 when left out. */
  readonly eps?: number;
}

/** The names of the options of a normalisation. */
export const normalizationOptions = { weight: true, bias: true, eps: true };

// x̂ = (x − μ) / √(σ² + eps) with the mean and the (biased) variance of each group, y = x̂ weight[c] + bias[c]
// ∂L/∂weight[c] = Σ g x̂, ∂L/∂bias[c] = Σ g, and with u = g weight:
// ∂L/∂x = (u − mean of u − x̂ · mean of u x̂) / √(σ² + eps)

/**
 * The record of an operation that normalises [N,C,…] by the moments of its own groups. A group has `least` elements or
 * more.
 */
export function normalizationOp(name: string, least = 2): Op<'x', NormalizationAttrs, 'weight' | 'bias'> {
  return defineOp<'x', NormalizationAttrs, 'weight' | 'bias'>({
    name,
    infer({ x, weight, bias }, { groups }) {
      checkDType(name, x.dtype, floats);
      checkGroups(name, x.shape, groups, least);
      checkChannelVectors(name, x, { weight, bias });
      return x;
    },
    gradients: {
      // A weight that the call left out is undefined here.
      x: rule(['x', 'weight'], ({ cotangent, saved: { x, weight }, attrs }) =>
        run(normalizationInputGradientOp, { x, cotangent, weight }, attrs),
      ),
      weight: rule(['x'], ({ cotangent, saved: { x }, attrs }) =>
        run(normalizationWeightGradientOp, { x, cotangent }, attrs),
      ),
      bias: rule([], ({ cotangent }) => sumChannels(cotangent)),
    },
    kernels: {
      reference({ x, weight, bias }, output, { groups, eps }) {
        const layout = layoutOf(x.shape, groups);
        const { mean, inverse } = statistics(x, layout, eps);
        forEachElement(layout, (i, channel, group) => {
          const normal = ((x.data[i] ?? 0) - (mean[group] ?? 0)) * (inverse[group] ?? 0);
          output.data[i] = normal * (weight?.data[channel] ?? 1) + (bias?.data[channel] ?? 0);
        });
      },
      wasm: ({ x, weight, bias }, output, { groups, eps }, launch) =>
        normalizeSteps(x, weight, bias, output, layoutOf(x.shape, groups), eps, launch),
      gpu({ x, weight, bias }, output, { groups, eps }) {
        const layout = layoutOf(x.shape, groups);
        const { reads, normal } = gpuStatistics(x, layout, eps);
        const vectors = { ...(weight && { weight }), ...(bias && { bias }) };
        const result = pass({ ...reads, ...vectors }, gpuLayout(layout).rows, ['n', 'c', 'i'], ({ read }) => {
          const scale = weight ? ` * ${read('weight', ['c'])}` : '';
          const shift = bias ? ` + ${read('bias', ['c'])}` : '';
          return `return ${normal(read)}${scale}${shift};`;
        });
        return { ...result, shape: output.shape };
      },
    },
  });
}

/** ∂L/∂x of a normalisation; `weight` is that of the call, or undefined. */
export const normalizationInputGradientOp = defineOp<'x' | 'cotangent', NormalizationAttrs, 'weight'>({
  name: 'normalizationInputGradient',
  infer: ({ x }) => x,
  gradients: 'none',
  kernels: {
    reference({ x, cotangent, weight }, output, { groups, eps }) {
      const layout = layoutOf(x.shape, groups);
      const { mean, inverse } = statistics(x, layout, eps);
      const meanU = new Array<number>(layout.groups).fill(0);
      const meanUX = new Array<number>(layout.groups).fill(0);
      const at = (i: number, channel: number, group: number) => ({
        u: (cotangent.data[i] ?? 0) * (weight?.data[channel] ?? 1),
        normal: ((x.data[i] ?? 0) - (mean[group] ?? 0)) * (inverse[group] ?? 0),
      });
      forEachElement(layout, (i, channel, group) => {
        const { u, normal } = at(i, channel, group);
        meanU[group] = (meanU[group] ?? 0) + u / elementsOf(layout);
        meanUX[group] = (meanUX[group] ?? 0) + (u * normal) / elementsOf(layout);
      });
      forEachElement(layout, (i, channel, group) => {
        const { u, normal } = at(i, channel, group);
        output.data[i] = (u - (meanU[group] ?? 0) - normal * (meanUX[group] ?? 0)) * (inverse[group] ?? 0);
      });
    },
    wasm: ({ x, cotangent, weight }, output, { groups, eps }, launch) =>
      normalizeInputGradientSteps(x, cotangent, weight, output, layoutOf(x.shape, groups), eps, launch),
    gpu({ x, cotangent, weight }, output, { groups, eps }) {
      const layout = layoutOf(x.shape, groups);
      const { rows, statistic, averages } = gpuLayout(layout);
      const { reads, normal } = gpuStatistics(x, layout, eps);
      const g = view(cotangent, rows.shape);
      const u = weight ? elementwise({ g, weight: view(weight, [1, layout.channels, 1]) }, rows, 'g * weight') : g;
      const products = pass(
        { ...reads, u },
        rows,
        ['n', 'c', 'i'],
        ({ read }) => `return ${normal(read)} * ${read('u', ['n', 'c', 'i'])};`,
      );
      const means = { u, meanU: averages(u), meanUX: averages(products) };
      const result = pass(
        { ...reads, ...means },
        rows,
        ['n', 'c', 'i'],
        ({ read }) => `
        const rest = ${read('u', ['n', 'c', 'i'])} - ${read('meanU', statistic)} - ${normal(read)} * ${read('meanUX', statistic)};
        return rest / Math.sqrt(${read('variance', statistic)} + ${num(eps)});`,
      );
      return { ...result, shape: output.shape };
    },
  },
});

/** ∂L/∂weight of a normalisation, [C]. */
export const normalizationWeightGradientOp = defineOp<'x' | 'cotangent', NormalizationAttrs>({
  name: 'normalizationWeightGradient',
  infer: ({ x }) => ({ shape: [channelsOf('normalizationWeightGradient', 'x', x.shape)], dtype: x.dtype }),
  gradients: 'none',
  kernels: {
    reference({ x, cotangent }, output, { groups, eps }) {
      const layout = layoutOf(x.shape, groups);
      const { mean, inverse } = statistics(x, layout, eps);
      const totals = new Array<number>(layout.channels).fill(0);
      forEachElement(layout, (i, channel, group) => {
        const normal = ((x.data[i] ?? 0) - (mean[group] ?? 0)) * (inverse[group] ?? 0);
        totals[channel] = (totals[channel] ?? 0) + (cotangent.data[i] ?? 0) * normal;
      });
      output.data.set(totals);
    },
    wasm: ({ x, cotangent }, output, { groups, eps }, launch) =>
      normalizeWeightGradientSteps(x, cotangent, output, layoutOf(x.shape, groups), eps, launch),
    gpu({ x, cotangent }, output, { groups, eps }) {
      const layout = layoutOf(x.shape, groups);
      const { rows } = gpuLayout(layout);
      const { reads, normal } = gpuStatistics(x, layout, eps);
      const g = view(cotangent, rows.shape);
      const terms = pass(
        { ...reads, g },
        rows,
        ['n', 'c', 'i'],
        ({ read }) => `return ${normal(read)} * ${read('g', ['n', 'c', 'i'])};`,
      );
      return reduce(terms, output, [0, 2], { combine: 'sum' });
    },
  },
});

/** @throws ShapeError, DTypeError unless each given vector is [C] and has the dtype of x. */
export function checkChannelVectors(op: string, x: Spec, vectors: Readonly<Record<string, Spec | undefined>>): void {
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector === undefined) continue;
    expectShape(op, name, [channelsOf(op, 'x', x.shape)], vector.shape);
    if (vector.dtype !== x.dtype) {
      throw new DTypeError(op, `x is ${x.dtype} and ${name} ${vector.dtype}; cast one to the other's dtype`);
    }
  }
}

/** The sum over all axes but the channels', [C]. */
export function sumChannels(x: Tensor): Gradient {
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return run(sumOp, { x }, { axes, keepDims: false });
}
