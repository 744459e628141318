import { FormatError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { RawTensor } from './format.ts';

/** The largest number of half precision. */
const largest = 65504;

/**
 * A tensor in half precision (F16), each element rounded to the nearest half, ties to even. Weights take half the bytes so.
 * A tensor of another type than F32 is given back as it is.
 *
 * @throws FormatError for finite elements that half precision cannot hold
 */
export function toHalf(tensor: RawTensor, options: { readonly name?: string } = {}): RawTensor {
  checkOptions('toHalf', options, { name: true });
  const { dtype, shape, bytes } = tensor;
  if (dtype !== 'F32') return tensor;
  const floats = new Float32Array(bytes.buffer);
  const bits = new Uint32Array(bytes.buffer);
  const halves = Uint16Array.from(bits, numberToHalf);
  const place = floats.findIndex((value, i) => Number.isFinite(value) && ((halves[i] ?? 0) & 0x7fff) === 0x7c00);
  if (place >= 0)
    throw new FormatError(
      'toHalf',
      `${options.name ?? 'a tensor'} holds ${floats[place]}; half precision ends at ${largest}`,
    );
  return { dtype: 'F16', shape, bytes: new Uint8Array(halves.buffer) };
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
