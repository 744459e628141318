import type { Mask, RgbImage, Size } from '../image/image.ts';
import type { ColourMatrix } from './colouring.ts';
import type { Texture } from './texture.ts';

/** A picture that is being composed. */
export interface Canvas extends Size {
  /** Red, green and blue of each pixel, 0…255. */
  readonly colours: Float32Array;
  /** How much of each pixel shows the asked object, 0…1. */
  readonly visible: Float32Array;
  /** The same if nothing lay in front of the object. */
  readonly alone: Float32Array;
}

export function blankCanvas({ width, height }: Size): Canvas {
  const pixels = width * height;
  return {
    width,
    height,
    colours: new Float32Array(3 * pixels),
    visible: new Float32Array(pixels),
    alone: new Float32Array(pixels),
  };
}

/** Empties a canvas, whose memory then serves another picture. Its colours stay until `fillWith` covers them. */
export function clear({ visible, alone }: Canvas): void {
  visible.fill(0);
  alone.fill(0);
}

/** Where a texture lies in a picture. Lengths are in pixels, angles in radians. */
export interface Pose {
  /** The place of the object's centre. */
  readonly x: number;
  readonly y: number;
  /** The length of the texture's pixels across and down the object. A negative one mirrors. */
  readonly across: number;
  readonly down: number;
  readonly angle: number;
}

/** What a texture shows: the asked object, something in front of it, or a shadow, which hides nothing. */
export type Role = 'object' | 'other' | 'shadow';

/**
 * Lays a texture over the picture, between its pixels bilinearly: colour = matrix · texture + (1 − alpha) · colour. The
 * texture should be about as large as it is drawn (`reduced`).
 */
export function paste(canvas: Canvas, texture: Texture, pose: Pose, matrix: ColourMatrix, role: Role): void {
  const { width, height, colours, visible, alone } = canvas;
  const { data } = texture;
  const [cos, sin] = [Math.cos(pose.angle), Math.sin(pose.angle)];
  // From the picture's pixels to the texture's: u = ux · x + uy · y + u0.
  const [ux, uy] = [cos / pose.across, sin / pose.across];
  const [vx, vy] = [-sin / pose.down, cos / pose.down];
  const u0 = texture.width / 2 - 0.5 - ux * pose.x - uy * pose.y;
  const v0 = texture.height / 2 - 0.5 - vx * pose.x - vy * pose.y;
  const [lastU, lastV] = [texture.width - 1, texture.height - 1];
  const reach = Math.hypot(texture.width * pose.across, texture.height * pose.down) / 2;
  const top = Math.max(0, Math.floor(pose.y - reach));
  const bottom = Math.min(height - 1, Math.ceil(pose.y + reach));
  const [m00, m01, m02, m03, m10, m11, m12, m13, m20, m21, m22, m23] = matrix as readonly [
    number, number, number, number, number, number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const stride = 4 * texture.width;
  for (let row = top; row <= bottom; row += 1) {
    const rowU = uy * (row + 0.5) + u0;
    const rowV = vy * (row + 0.5) + v0;
    const [left, right] = inside(inside([0, width - 1], ux, rowU, lastU), vx, rowV, lastV);
    for (let column = left; column <= right; column += 1) {
      const u = ux * (column + 0.5) + rowU;
      const v = vx * (column + 0.5) + rowV;
      // Rounding may lead a hair's breadth outside.
      if (!(u >= 0 && v >= 0 && u < lastU && v < lastV)) continue;
      const i = u | 0;
      const j = v | 0;
      const a = u - i;
      const b = v - j;
      const at = j * stride + 4 * i;
      const w11 = a * b;
      const w10 = b - w11;
      const w01 = a - w11;
      const w00 = 1 - a - w10;
      const alpha =
        (w00 * (data[at + 3] ?? 0) +
          w01 * (data[at + 7] ?? 0) +
          w10 * (data[at + stride + 3] ?? 0) +
          w11 * (data[at + stride + 7] ?? 0)) /
        255;
      if (alpha < 1 / 512) continue;
      const red =
        w00 * (data[at] ?? 0) +
        w01 * (data[at + 4] ?? 0) +
        w10 * (data[at + stride] ?? 0) +
        w11 * (data[at + stride + 4] ?? 0);
      const green =
        w00 * (data[at + 1] ?? 0) +
        w01 * (data[at + 5] ?? 0) +
        w10 * (data[at + stride + 1] ?? 0) +
        w11 * (data[at + stride + 5] ?? 0);
      const blue =
        w00 * (data[at + 2] ?? 0) +
        w01 * (data[at + 6] ?? 0) +
        w10 * (data[at + stride + 2] ?? 0) +
        w11 * (data[at + stride + 6] ?? 0);
      const pixel = row * width + column;
      const under = 1 - alpha;
      const most = 255 * alpha;
      const k = 3 * pixel;
      colours[k] = under * (colours[k] ?? 0) + clamp(m00 * red + m01 * green + m02 * blue + m03 * alpha, most);
      colours[k + 1] = under * (colours[k + 1] ?? 0) + clamp(m10 * red + m11 * green + m12 * blue + m13 * alpha, most);
      colours[k + 2] = under * (colours[k + 2] ?? 0) + clamp(m20 * red + m21 * green + m22 * blue + m23 * alpha, most);
      if (role === 'shadow') continue;
      const before = under * (visible[pixel] ?? 0);
      if (role === 'other') visible[pixel] = before;
      else {
        visible[pixel] = before + alpha;
        alone[pixel] = alpha + under * (alone[pixel] ?? 0);
      }
    }
  }
}

function clamp(value: number, most: number): number {
  return value < 0 ? 0 : value > most ? most : value;
}

/** The columns of a range whose place, slope · (column + ½) + start, lies between 0 and `last`, and perhaps one more on each side. */
function inside(
  [left, right]: readonly [number, number],
  slope: number,
  start: number,
  last: number,
): [number, number] {
  if (Math.abs(slope) < 1e-9) return start >= 0 && start < last ? [left, right] : [0, -1];
  const [a, b] = [-start / slope - 0.5, (last - start) / slope - 0.5];
  return [Math.max(left, Math.floor(Math.min(a, b))), Math.min(right, Math.ceil(Math.max(a, b)))];
}

/** A rectangle of a photograph, in its pixels; whole numbers are not needed. */
export interface Crop extends Size {
  readonly left: number;
  readonly top: number;
}

/** Fills the picture with a rectangle of a photograph, between pixels bilinearly. */
export function fillWith(
  { width, height, colours }: Canvas,
  photograph: RgbImage,
  crop: Crop,
  mirrored: boolean,
  matrix: ColourMatrix,
): void {
  const { data } = photograph;
  // The pixel to the left of each column's place, and the place between it and the next pixel.
  const [pixelsLeft, between] = [new Int32Array(width), new Float64Array(width)];
  for (let x = 0; x < width; x += 1) {
    const share = ((mirrored ? width - 1 - x : x) + 0.5) / width;
    const u = within(crop.left + crop.width * share - 0.5, photograph.width);
    pixelsLeft[x] = 3 * Math.floor(u);
    between[x] = u - Math.floor(u);
  }
  const [m00, m01, m02, m03, m10, m11, m12, m13, m20, m21, m22, m23] = matrix as readonly [
    number, number, number, number, number, number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const stride = 3 * photograph.width;
  const right = photograph.width > 1 ? 3 : 0;
  const below = photograph.height > 1 ? stride : 0;
  for (let y = 0; y < height; y += 1) {
    const v = within(crop.top + (crop.height * (y + 0.5)) / height - 0.5, photograph.height);
    const j = Math.floor(v);
    const b = v - j;
    for (let x = 0; x < width; x += 1) {
      const a = between[x] ?? 0;
      const at = j * stride + (pixelsLeft[x] ?? 0);
      const w11 = a * b;
      const w10 = b - w11;
      const w01 = a - w11;
      const w00 = 1 - a - w10;
      const [p01, p10, p11] = [at + right, at + below, at + below + right];
      const red = w00 * (data[at] ?? 0) + w01 * (data[p01] ?? 0) + w10 * (data[p10] ?? 0) + w11 * (data[p11] ?? 0);
      const green =
        w00 * (data[at + 1] ?? 0) +
        w01 * (data[p01 + 1] ?? 0) +
        w10 * (data[p10 + 1] ?? 0) +
        w11 * (data[p11 + 1] ?? 0);
      const blue =
        w00 * (data[at + 2] ?? 0) +
        w01 * (data[p01 + 2] ?? 0) +
        w10 * (data[p10 + 2] ?? 0) +
        w11 * (data[p11 + 2] ?? 0);
      const k = 3 * (y * width + x);
      colours[k] = clamp(m00 * red + m01 * green + m02 * blue + m03, 255);
      colours[k + 1] = clamp(m10 * red + m11 * green + m12 * blue + m13, 255);
      colours[k + 2] = clamp(m20 * red + m21 * green + m22 * blue + m23, 255);
    }
  }
}

/** A place that has a pixel on its other side, too. */
function within(place: number, count: number): number {
  return Math.min(Math.max(place, 0), Math.max(0, count - 1 - 1e-6));
}

/** The finished picture with its grain: a noise of so many levels on average, the same for the same seed. */
export function develop({ width, height, colours }: Canvas, grain: number, seed: number): RgbImage {
  const data = new Uint8Array(colours.length);
  let state = seed | 1;
  for (let i = 0; i < data.length; i += 1) {
    // xorshift32 (Marsaglia): the sum of two uniform numbers.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const noise = ((state & 0xffff) + ((state >>> 16) & 0xffff)) / 65535 - 1;
    data[i] = clamp((colours[i] ?? 0) + grain * noise, 255) + 0.5;
  }
  return { width, height, data };
}

/** 1 where at least half of a pixel shows the asked object. */
export function maskOf({ width, height }: Canvas, coverage: Float32Array): Mask {
  const data = new Uint8Array(coverage.length);
  for (let i = 0; i < data.length; i += 1) data[i] = (coverage[i] ?? 0) >= 0.5 ? 1 : 0;
  return { width, height, data };
}
