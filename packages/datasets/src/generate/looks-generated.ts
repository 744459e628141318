import type { RgbImage } from '../image/image.ts';
import { resizeBilinear } from '../image/resize-bilinear.ts';

/** What tells generated pictures from photographs, whatever the picture's size. */
export interface PictureTraits {
  /** The entropy of the colours without their lightness, in bits. Generated figures have many colours each. */
  readonly colours: number;
  /**
   * How much neighbouring places differ, relative to places twice as far apart. Generated patterns have one period; in
   * photographs, differences grow with the distance at every scale (Field, *J. Opt. Soc. Am. A* 4, 1987).
   */
  readonly roughness: number;
}

/** Pictures are compared at this width and height. */
const side = 96;
/** The lag in places that differences are measured over, and the longer one that they are compared with. */
const [near, far] = [2, 4];
/** The width of a bin of colours, in levels of 255. */
const binWidth = 16;

/** What a bit of colours counts as roughness, and the least sum of a generated picture. Both traits alone overlap. */
const [bitOfColours, leastSum] = [0.05, 0.94];

/** Measures a picture. */
export function pictureTraits(image: RgbImage): PictureTraits {
  const { data } = resizeBilinear(image, { width: side, height: side });
  const lightness = new Float64Array(side * side);
  const bins = new Map<number, number>();
  for (let i = 0; i < lightness.length; i += 1) {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * i, 3 * i + 3);
    // ITU-R BT.601
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    lightness[i] = luma;
    const bin = 64 * Math.round((blue - luma) / binWidth) + Math.round((red - luma) / binWidth);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const shares = [...bins.values()].map((count) => count / lightness.length);
  const [close, apart] = [squaredDifference(lightness, near), squaredDifference(lightness, far)];
  return {
    colours: shares.reduce((bits, share) => bits - share * Math.log2(share), 0),
    roughness: apart === 0 ? 0 : Math.sqrt(close / apart),
  };
}

/** The mean squared difference of places so far apart, across and down. */
function squaredDifference(values: Float64Array, lag: number): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row + lag < side; row += 1) {
    for (let column = 0; column + lag < side; column += 1) {
      const place = side * row + column;
      const here = values[place] ?? 0;
      sum += ((values[place + lag] ?? 0) - here) ** 2 + ((values[place + side * lag] ?? 0) - here) ** 2;
      count += 1;
    }
  }
  return sum / count;
}

/**
 * Guesses whether a picture is one of the generated scenes (`renderScene`) rather than a photograph, or a drawing of another
 * kind. Of 1960 scenes of 96 to 400 pixels, 99.8 % look generated; so do 9 % of 489 photographs (VOC, COCO, Caltech-101,
 * street fashion, towers). Ask several pictures where much depends on it.
 */
export function looksGenerated(image: RgbImage): boolean {
  const { colours, roughness } = pictureTraits(image);
  return roughness + bitOfColours * colours >= leastSum;
}
