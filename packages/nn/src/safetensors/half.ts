import { FormatError, type HalfFormat } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { RawTensor } from './format.ts';

/** The formats of 16 bits: their name in a file, their largest number, and how a float32's bits become theirs. */
const formats = {
  float16: { stored: 'F16', largest: 65504, infinity: 0x7c00, from: numberToHalf },
  bfloat16: { stored: 'BF16', largest: 3.3895313892515355e38, infinity: 0x7f80, from: numberToUpperHalf },
} as const;

export interface ToHalfOptions {
  /** What errors call the tensor. */
  readonly name?: string;
  /** The format; float16 when left out. bfloat16 has the range of float32, and 3 bits less precision than float16. */
  readonly format?: HalfFormat;
}

const names = { name: true, format: true };

/**
 * A tensor in half precision (F16, or BF16), each element rounded to the nearest half, ties to even. Weights take half the
 * bytes so. A tensor of another type than F32 is given back as it is.
 *
 * @throws FormatError for finite elements that the format cannot hold, and for a format that does not exist
 */
export function toHalf(tensor: RawTensor, options: ToHalfOptions = {}): RawTensor {
  checkOptions('toHalf', options, names);
  const { dtype, shape, bytes } = tensor;
  const { name = 'a tensor', format = 'float16' } = options;
  checkHalfFormat('toHalf', format);
  if (dtype !== 'F32') return tensor;
  const halves = floatsToHalves(new Float32Array(bytes.buffer), format, name);
  return { dtype: formats[format].stored, shape, bytes: new Uint8Array(halves.buffer) };
}

/** @throws FormatError for a word that is no format */
export function checkHalfFormat(op: string, format: HalfFormat): void {
  if (!Object.hasOwn(formats, format)) {
    throw new FormatError(op, `there is no format ${String(format)}; there are ${Object.keys(formats).join(', ')}`);
  }
}

/** The name in a file of a format. */
export const storedHalves = { float16: formats.float16.stored, bfloat16: formats.bfloat16.stored } as const;

/** The elements in half precision. @throws FormatError for finite elements that the format cannot hold */
export function floatsToHalves(floats: Float32Array, format: HalfFormat, name: string): Uint16Array<ArrayBuffer> {
  const { from, infinity, largest } = formats[format];
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = Uint16Array.from(bits, from);
  const place = floats.findIndex((value, i) => Number.isFinite(value) && ((halves[i] ?? 0) & 0x7fff) === infinity);
  if (place >= 0)
    throw new FormatError('toHalf', `${name} holds ${floats[place]}; ${endOf(format)} ends at ${largest}`);
  return halves;
}

const endOf = (format: HalfFormat): string => (format === 'float16' ? 'half precision' : format);

/** IEEE 754 binary32, as its bits, to its upper half. */
function numberToUpperHalf(bits: number): number {
  const upper = bits >>> 16;
  const isNaN = (bits & 0x7fff_ffff) > 0x7f80_0000;
  // A NaN may have its ones in the lower half alone.
  if (isNaN) return upper | 0x40;
  const rest = bits & 0xffff;
  return upper + (rest > 0x8000 || (rest === 0x8000 && (upper & 1) === 1) ? 1 : 0);
}

/** IEEE 754 binary32, as its bits, to binary16. */
function numberToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7f_ffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const scale = exponent - 127 + 15;
  if (scale >= 0x1f) return sign | 0x7c00;
  // Below 2⁻¹⁴ the leading one is stored, too, shifted to its place.
  const shift = scale > 0 ? 13 : Math.min(14 - scale, 31);
  const whole = scale > 0 ? (scale << 23) | fraction : fraction | 0x80_0000;
  const half = whole >>> shift;
  const rest = whole - half * 2 ** shift;
  const middle = 2 ** (shift - 1);
  // A carry into the exponent is right: the fraction is zero then.
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}
