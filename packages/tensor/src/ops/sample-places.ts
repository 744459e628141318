import { num, type IndexText } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { sizeAt, sizeOf, type Shape } from '../shape/shape.ts';

/** The value outside an image: zeros, or the nearest pixel of the image. */
export type SamplePadding = 'zeros' | 'border';

export interface GridSampleAttrs {
  readonly padding: SamplePadding;
  /** Whether −1 and 1 mean the centres of the outermost pixels, or their outer edges. */
  readonly alignCorners: boolean;
}

// A coordinate g names the place s = slope · g + (L − 1) / 2 on an axis of L pixels, with slope = L / 2, or (L − 1) / 2
// between the centres of the corners. Two pixels share it: ⌊s⌋ with the weight 1 − f and ⌊s⌋ + 1 with f = s − ⌊s⌋.

/** The constants for computing a place along one axis. */
export interface PlaceRule {
  readonly size: number;
  /** Pixels for each unit of the coordinate. */
  readonly slope: number;
  readonly isBorder: boolean;
}

export function placeRules(
  x: Shape,
  { padding, alignCorners }: GridSampleAttrs,
): readonly [y: PlaceRule, x: PlaceRule] {
  const ruleOf = (size: number) => ({
    size,
    slope: (alignCorners ? size - 1 : size) / 2,
    isBorder: padding === 'border',
  });
  return [ruleOf(sizeAt(x, 2)), ruleOf(sizeAt(x, 3))];
}

/**
 * Coordinates are clamped to this limit. Both pixels of such a place lie outside of any image, and larger coordinates
 * would overflow.
 */
export const farOutside = 5;

interface Place {
  readonly low: number;
  readonly fraction: number;
  /** ∂s/∂g: 0 where padding holds the place at the border. */
  readonly slope: number;
}

function placeOf(named: number, { size, slope, isBorder }: PlaceRule): Place {
  const coordinate = Number.isNaN(named) ? -1 : Math.min(Math.max(named, -farOutside), farOutside);
  const free = coordinate * slope + (size - 1) / 2;
  const place = isBorder ? Math.min(Math.max(free, 0), size - 1) : free;
  const isHeld = isBorder && (free <= 0 || free >= size - 1);
  const low = Math.floor(place);
  return { low, fraction: place - low, slope: isHeld ? 0 : slope };
}

/** One of the four pixels around a place. */
interface Corner {
  readonly weight: number;
  /** ∂weight/∂g for the coordinates g of the place. */
  readonly slopeX: number;
  readonly slopeY: number;
  /** The number of the place in the grid. */
  readonly sample: number;
}

/**
 * For every place, visits the corners that lie on the image, as flat positions in x and in the sampled images. The
 * positions are those of the first channel; the visitor goes along the `channelSteps`.
 */
export function forEachCorner(
  x: Shape,
  grid: NdArray,
  attrs: GridSampleAttrs,
  visit: (xAt: number, yAt: number, corner: Corner) => void,
): void {
  const [rules, { channels, xStep, yStep }] = [placeRules(x, attrs), channelSteps(x, grid.shape)];
  const [height, width] = [sizeAt(x, 2), sizeAt(x, 3)];
  const samples = grid.data.length / 2;
  for (let sample = 0; sample < samples; sample += 1) {
    const [column, row] = [
      placeOf(grid.data[2 * sample] ?? 0, rules[1]),
      placeOf(grid.data[2 * sample + 1] ?? 0, rules[0]),
    ];
    const image = Math.floor(sample / yStep) * channels;
    for (const v of [0, 1]) {
      for (const u of [0, 1]) {
        const [at, across] = [row.low + v, column.low + u];
        if (at < 0 || at >= height || across < 0 || across >= width) continue;
        const [down, along] = [
          v === 0 ? 1 - row.fraction : row.fraction,
          u === 0 ? 1 - column.fraction : column.fraction,
        ];
        visit(image * xStep + at * width + across, image * yStep + (sample % yStep), {
          weight: down * along,
          slopeX: down * (u === 0 ? -column.slope : column.slope),
          slopeY: along * (v === 0 ? -row.slope : row.slope),
          sample,
        });
      }
    }
  }
}

/** The two ends of a corner's weight. */
type Side = 'image' | 'samples';

/**
 * Adds the weighted corners of `from` to every element of `to`. This is sampling if `to` holds the samples, and the
 * adjoint of sampling if `to` holds the image.
 */
export function addWeighted(to: NdArray, from: NdArray, grid: NdArray, attrs: GridSampleAttrs, target: Side): void {
  const image = target === 'image' ? to : from;
  const { channels, xStep, yStep } = channelSteps(image.shape, grid.shape);
  const [toStep, fromStep] = target === 'image' ? [xStep, yStep] : [yStep, xStep];
  forEachCorner(image.shape, grid, attrs, (xAt, yAt, { weight }) => {
    if (weight === 0) return;
    const [toAt, fromAt] = target === 'image' ? [xAt, yAt] : [yAt, xAt];
    for (let c = 0; c < channels; c += 1) {
      const at = toAt + c * toStep;
      to.data[at] = (to.data[at] ?? 0) + weight * (from.data[fromAt + c * fromStep] ?? 0);
    }
  });
}

/** The number of channels, and the distance between two channels in x and in the sampled images. */
export function channelSteps(x: Shape, grid: Shape) {
  return { channels: sizeAt(x, 1), xStep: sizeOf(x.slice(2)), yStep: sizeOf(grid.slice(1, 3)) };
}

/** GPU statements that declare `place`, `low`, `fraction` and `slope` of a coordinate, each name followed by `axis`. */
export function placeText(axis: 'X' | 'Y', coordinate: string, { size, slope, isBorder }: PlaceRule): string {
  const free = `free${axis}`;
  const held = `Math.max(0, Math.min(${size - 1}, ${free}))`;
  // If neither comparison holds, the coordinate is NaN.
  return `
    const named${axis} = ${coordinate};
    const number${axis} = named${axis} >= -1 ? named${axis} : (named${axis} < -1 ? named${axis} : -1);
    const ${free} = Math.max(${num(-farOutside)}, Math.min(${farOutside}, number${axis})) * ${slope} + ${(size - 1) / 2};
    const place${axis} = ${isBorder ? held : free};
    const low${axis} = Math.floor(place${axis});
    const fraction${axis} = place${axis} - low${axis};
    const slope${axis} = ${isBorder ? `${free} > 0 && ${free} < ${size - 1} ? ${slope} : 0` : `${slope}`};`;
}

/** The four corners of a place in GPU text: weights along both axes, and the indices of the pixel. */
export const cornerTexts = [0, 1].flatMap((v) =>
  [0, 1].map((u) => ({
    down: v === 0 ? '(1 - fractionY)' : 'fractionY',
    along: u === 0 ? '(1 - fractionX)' : 'fractionX',
    signX: u === 0 ? '-' : '',
    signY: v === 0 ? '-' : '',
    row: v === 0 ? 'lowY' : 'lowY + 1',
    column: u === 0 ? 'lowX' : 'lowX + 1',
  })),
);

/** Indices of a coordinate of the place of the sampled pixel n, i, j. */
export function coordinateAt(axis: 0 | 1): readonly IndexText[] {
  return ['n', 'i', 'j', `${axis}`];
}
