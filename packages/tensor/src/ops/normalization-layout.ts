import {
  elementwise,
  floorDiv,
  num,
  reduce,
  view,
  type GpuPass,
  type GpuSource,
  type IndexText,
} from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { ShapeError } from '../errors.ts';
import type { RowGroups } from '../kernels/norm.ts';
import { channelsOf } from '../shape/expect.ts';
import { formatShape, sizeOf, type Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';

/** The number of groups of channels in each image, or `'batch'`: each channel over all images is one group. @inline */
export type Groups = number | 'batch';

/**
 * @throws ShapeError unless the groups divide the channels. Where `least` is 2, a group of exactly one element is a
 * ShapeError too.
 */
export function checkGroups(op: string, shape: Shape, groups: Groups, least = 2): void {
  const channels = channelsOf(op, 'x', shape);
  if (groups !== 'batch' && (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)) {
    throw new ShapeError(
      op,
      `the ${channels} channels do not divide into ${groups} groups; got x ${formatShape(shape)}`,
    );
  }
  if (least > 1 && elementsOf(layoutOf(shape, groups)) === 1) {
    throw new ShapeError(op, `one element has no variance to normalise by; got x ${formatShape(shape)}`);
  }
}

export function layoutOf(shape: Shape, groups: Groups): RowGroups {
  const [images = 1, channels = 1] = shape;
  const whole = { images, channels, length: sizeOf(shape.slice(2)) };
  if (groups === 'batch') return { ...whole, groups: channels, first: 1, step: channels, rows: images };
  const rows = channels / groups;
  return { ...whole, groups: images * groups, first: rows, step: 1, rows };
}

/** The number of elements of a group. */
export function elementsOf({ rows, length }: RowGroups): number {
  return rows * length;
}

/** Visits all elements with their channel and group. */
export function forEachElement(layout: RowGroups, visit: (i: number, channel: number, group: number) => void): void {
  const { channels, length, groups, first, step, rows } = layout;
  for (let group = 0; group < groups; group += 1) {
    for (let k = 0; k < rows; k += 1) {
      const row = group * first + k * step;
      for (let i = row * length; i < (row + 1) * length; i += 1) visit(i, row % channels, group);
    }
  }
}

/** The mean of each group, and 1 / √(variance + eps). */
export function statistics(x: NdArray, layout: RowGroups, eps: number): { mean: number[]; inverse: number[] } {
  const mean = new Array<number>(layout.groups).fill(0);
  const variance = new Array<number>(layout.groups).fill(0);
  const elements = elementsOf(layout);
  forEachElement(layout, (i, _, group) => {
    mean[group] = (mean[group] ?? 0) + (x.data[i] ?? 0) / elements;
  });
  forEachElement(layout, (i, _, group) => {
    variance[group] = (variance[group] ?? 0) + ((x.data[i] ?? 0) - (mean[group] ?? 0)) ** 2 / elements;
  });
  return { mean, inverse: variance.map((value) => 1 / Math.sqrt(value + eps)) };
}

/** A layout for GPU passes. */
export interface GpuLayout {
  /** All elements as [images, channels, length]. */
  readonly rows: Spec;
  /** The index of a group among `[groups]`, in a pass over `rows` with the indices n, c and i. */
  readonly statistic: readonly IndexText[];
  /** The mean over each group after applying `map` to each element, [groups]. */
  averages(x: GpuSource, map?: string): GpuSource;
  /** x − mean, with the mean of each group. */
  centred(x: GpuSource, mean: GpuSource): GpuPass;
}

export function gpuLayout(layout: RowGroups): GpuLayout {
  const { images, channels, length, groups, step, rows } = layout;
  const isContiguous = step === 1;
  const shape = isContiguous ? [groups, rows * length] : [images, channels, length];
  const kept: Spec = { shape: isContiguous ? [groups, 1] : [1, channels, 1], dtype: 'float32' };
  return {
    rows: { shape: [images, channels, length], dtype: 'float32' },
    statistic: [isContiguous ? floorDiv(`n * ${channels} + c`, rows) : 'c'],
    averages(x, map = 'value') {
      const finish = `value / ${elementsOf(layout)}`;
      return view(reduce(view(x, shape), kept, isContiguous ? [1] : [0, 2], { combine: 'sum', map, finish }), [groups]);
    },
    centred: (x, mean) =>
      elementwise({ x: view(x, shape), mean: view(mean, kept.shape) }, { shape, dtype: 'float32' }, 'x - mean'),
  };
}

/** The sources that passes over n, c and i read to normalise x, and the text of an element of x̂ in such a pass. */
export function gpuStatistics(x: GpuSource, layout: RowGroups, eps: number) {
  const { rows, statistic, averages, centred } = gpuLayout(layout);
  const deviation = centred(x, averages(x));
  return {
    reads: { deviation: view(deviation, rows.shape), variance: averages(deviation, 'value * value') },
    normal: (read: (name: 'deviation' | 'variance', indices: readonly IndexText[]) => string): string =>
      `${read('deviation', ['n', 'c', 'i'])} / Math.sqrt(${read('variance', statistic)} + ${num(eps)})`,
  };
}
