import type { HostTensor } from '../host-tensor.ts';
import { formatError, quote, type Entry } from './format.ts';

/**
 * A stored tensor's elements as a dtype of this library, always exactly: F16 and BF16 become float32, U8 and I64 int32.
 *
 * @param bytes the tensor's own, in memory of their own (they are not copied again where the dtype stays)
 * @throws FormatError for a dtype that has no counterpart here, a bool that is neither 0 nor 1, or an I64 that int32
 * does not hold
 */
export function decodeElements(entry: Entry, bytes: Uint8Array<ArrayBuffer>, source: string): HostTensor {
  const { name, dtype, shape } = entry;
  const refuse = (what: string) => formatError(source, `tensor ${quote(name)} ${what}`);
  switch (dtype) {
    case 'F32':
      return { dtype: 'float32', shape, data: new Float32Array(bytes.buffer) };
    case 'F64':
      return { dtype: 'float64', shape, data: new Float64Array(bytes.buffer) };
    case 'F16':
      return { dtype: 'float32', shape, data: halvesToFloats(new Uint16Array(bytes.buffer)) };
    case 'BF16': {
      // The upper half of a float32.
      const words = Uint32Array.from(new Uint16Array(bytes.buffer), (half) => half << 16);
      return { dtype: 'float32', shape, data: new Float32Array(words.buffer) };
    }
    case 'I32':
      return { dtype: 'int32', shape, data: new Int32Array(bytes.buffer) };
    case 'U8':
      return { dtype: 'int32', shape, data: Int32Array.from(bytes) };
    case 'I64': {
      const wide = new BigInt64Array(bytes.buffer);
      const outside = wide.find((value) => BigInt.asIntN(32, value) !== value);
      if (outside !== undefined) throw refuse(`holds ${outside}, which int32 does not`);
      return { dtype: 'int32', shape, data: Int32Array.from(wide, Number) };
    }
    case 'BOOL': {
      const strange = bytes.find((value) => value > 1);
      if (strange !== undefined) throw refuse(`holds ${strange}, which is no bool`);
      return { dtype: 'bool', shape, data: bytes };
    }
    default:
      throw refuse(`is ${dtype}, which no dtype of this library holds`);
  }
}

function halvesToFloats(halves: Uint16Array): Float32Array {
  const floats = new Float32Array(halves.length);
  for (const [i, half] of halves.entries()) floats[i] = halfToNumber(half);
  return floats;
}

/** IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits fraction. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
