import { ShapeError, type Pair, type Shape } from '@hypercorr/tensor';
import { checkOptions, expectRank, formatShape, pair, sizeAt } from '@hypercorr/tensor/op';

/** One value for each of the two planes. */
export interface PerPlane<T> {
  readonly query: T;
  readonly support: T;
}

export type Two = readonly [height: number, width: number];
export type Four = readonly [hq: number, wq: number, hs: number, ws: number];

/** A setting: a number or a pair for both planes, or one for each plane. A plane left out has the default. */
export type PlaneSetting = Pair | { readonly query?: Pair | undefined; readonly support?: Pair | undefined };

/** Stride and padding of a 4D window. */
export interface Window4d {
  readonly stride: PerPlane<Two>;
  /** Zeros on every side; a negative number crops instead. */
  readonly padding: PerPlane<Two>;
}

export interface Window4dOptions {
  /** 1 by default. */
  readonly stride?: PlaneSetting | undefined;
  /** Zeros on every side of a plane, 0 by default; a negative number crops instead. */
  readonly padding?: PlaneSetting | undefined;
}

const planeNames = { query: true, support: true };

/** A setting for each plane; `otherwise` for a plane left out. */
export function perPlane(setting: PlaneSetting | undefined, otherwise: Pair | PerPlane<Pair>): PerPlane<Two> {
  const { query, support } = planes(otherwise);
  const given = planes(setting ?? {});
  return { query: pair(given.query ?? query ?? 0), support: pair(given.support ?? support ?? 0) };
}

function planes(setting: PlaneSetting): { readonly query?: Pair | undefined; readonly support?: Pair | undefined } {
  if (typeof setting === 'number' || 'length' in setting) return { query: setting, support: setting };
  checkOptions('conv4d', setting, planeNames);
  return setting;
}

/** The names of the options of every 4D window. */
export const windowNames = { stride: true, padding: true };

export function windowOf({ stride, padding }: Window4dOptions): Window4d {
  return { stride: perPlane(stride, 1), padding: perPlane(padding, 0) };
}

/** Both planes' values in the order of the axes. */
export function fourOf({ query, support }: PerPlane<Two>): Four {
  return [...query, ...support];
}

/** The four sizes after batch and channel. */
export function planeSizes(shape: Shape): Four {
  return [sizeAt(shape, 2), sizeAt(shape, 3), sizeAt(shape, 4), sizeAt(shape, 5)];
}

/** ⌊k/2⌋ on either side: with it an odd kernel keeps a plane's size at stride 1. */
export function halfOf(kernel: PerPlane<Two>): PerPlane<Two> {
  const half = ([height, width]: Two): Two => [Math.floor(height / 2), Math.floor(width / 2)];
  return { query: half(kernel.query), support: half(kernel.support) };
}

const layout = '[b,c,hq,wq,hs,ws]';
const axisNames = ['hq', 'wq', 'hs', 'ws'] as const;

/**
 * The shape of a 4D convolution (cross-correlation), to which every variant can be reduced: output size of an axis =
 * ⌊(size + 2 padding − kernel) / stride⌋ + 1.
 *
 * @param x [b, c, hq, wq, hs, ws]
 * @param weight [O, C, khq, kwq, khs, kws]
 * @returns [b, O, hq', wq', hs', ws']
 * @throws ShapeError for other ranks, channels that differ, an empty kernel, a stride below 1, settings that are no
 * whole numbers, or a window that is larger than the padded plane
 */
export function conv4dShape(op: string, x: Shape, weight: Shape, window: Window4d): number[] {
  expectRank(op, 'x', x, layout);
  expectRank(op, 'weight', weight, '[O,C,khq,kwq,khs,kws]');
  const got = `got x ${formatShape(x)}, weight ${formatShape(weight)}`;
  const [stride, padding] = [fourOf(window.stride), fourOf(window.padding)];
  const [sizes, kernel] = [planeSizes(x), planeSizes(weight)];
  checkChannels(op, x, 'weight', weight);
  checkSetting(op, 'kernel', kernel, 1);
  checkSetting(op, 'stride', stride, 1);
  checkSetting(op, 'padding', padding, -Infinity);
  const outputs = axisNames.map((name, axis) => {
    const room = sizeAt(sizes, axis) + 2 * sizeAt(padding, axis) - sizeAt(kernel, axis);
    if (room < 0) {
      throw new ShapeError(
        op,
        `a window of ${kernel[axis]} does not fit along ${name}, ${sizes[axis]} long with padding ${padding[axis]}; ${got}`,
      );
    }
    return Math.floor(room / sizeAt(stride, axis)) + 1;
  });
  return [sizeAt(x, 0), sizeAt(weight, 0), ...outputs];
}

function checkSetting(op: string, name: string, values: Four, least: number): void {
  if (!values.every((value) => Number.isSafeInteger(value) && value >= least)) {
    const from = least === -Infinity ? '' : ` from ${least}`;
    throw new ShapeError(op, `${name} ${formatShape(values)} (${axisNames.join(', ')}) needs whole numbers${from}`);
  }
}

/**
 * Checks the common rules of center-pivot and separable convolutions: a kernel for each plane, with a center.
 *
 * @param query [O, C, khq, kwq]
 * @param support [O', C', khs, kws]
 * @param joined `'outputs'` if both weights see x and have the same outputs, `'inputs'` if the support weight sees the
 * query weight's outputs
 * @throws ShapeError as `conv4dShape` does for both kernels together, and for even sizes
 */
export function checkPlanes(
  op: string,
  x: Shape,
  query: Shape,
  support: Shape,
  joined: 'outputs' | 'inputs',
  window: Window4d,
): void {
  expectRank(op, 'x', x, layout);
  expectRank(op, 'queryWeight', query, '[O,C,kh,kw]');
  expectRank(op, 'supportWeight', support, '[O,C,kh,kw]');
  checkChannels(op, x, 'queryWeight', query);
  if (joined === 'outputs') checkChannels(op, x, 'supportWeight', support);
  const [outputs, met] = [sizeAt(query, 0), sizeAt(support, joined === 'outputs' ? 0 : 1)];
  if (outputs !== met) {
    throw new ShapeError(
      op,
      `the queryWeight has ${outputs} outputs, the supportWeight ${met} ${joined}; ` +
        `got queryWeight ${formatShape(query)}, supportWeight ${formatShape(support)}`,
    );
  }
  checkOdd(op, kernelOf(query, support));
  conv4dShape(op, x, [...query, ...support.slice(2)], window);
}

function checkChannels(op: string, x: Shape, name: string, weight: Shape): void {
  if (sizeAt(x, 1) !== sizeAt(weight, 1)) {
    throw new ShapeError(
      op,
      `the input has ${sizeAt(x, 1)} channels, the ${name} expects ${sizeAt(weight, 1)}; ` +
        `got x ${formatShape(x)}, ${name} ${formatShape(weight)}`,
    );
  }
}

/** @throws ShapeError for a kernel without a center */
export function checkOdd(op: string, { query, support }: PerPlane<Two>): void {
  if ([...query, ...support].some((size) => size % 2 === 0)) {
    throw new ShapeError(
      op,
      `a kernel of its own for each plane needs a center, and so odd sizes; got query ${formatShape(query)}, support ${formatShape(support)}`,
    );
  }
}

/** The kernel sizes of two weights, one over each plane. */
export function kernelOf(query: Shape, support: Shape): PerPlane<Two> {
  return { query: [sizeAt(query, 2), sizeAt(query, 3)], support: [sizeAt(support, 2), sizeAt(support, 3)] };
}
