import type { FormatError } from '@hypercorr/tensor';
import { bfloat16ToFloats, halvesToFloats } from '@hypercorr/tensor/op';
import type { HostTensor } from '../host-tensor.ts';
import { elementBytes, type RawTensor, type StoredDType } from './format.ts';

/**
 * A stored tensor's elements as a dtype of this library, always exactly: F16 and BF16 become float32, integers int32.
 *
 * @param raw bytes in memory of their own (not copied again if the dtype stays)
 * @param refuse makes the error for this tensor
 * @throws FormatError for a dtype that this library does not have, a bool that is neither 0 nor 1, or an integer
 * outside of int32
 */
export function decodeElements(
  { dtype, shape, bytes: { buffer } }: RawTensor,
  refuse: (what: string) => FormatError,
): HostTensor {
  const int32 = (data: Int32Array): HostTensor => ({ dtype: 'int32', shape, data });
  switch (dtype) {
    case 'F32':
      return { dtype: 'float32', shape, data: new Float32Array(buffer) };
    case 'F64':
      return { dtype: 'float64', shape, data: new Float64Array(buffer) };
    case 'F16':
      return { dtype: 'float32', shape, data: halvesToFloats(new Uint16Array(buffer)) };
    case 'BF16':
      return { dtype: 'float32', shape, data: bfloat16ToFloats(new Uint16Array(buffer)) };
    case 'I32':
      return int32(new Int32Array(buffer));
    case 'U8':
      return int32(Int32Array.from(new Uint8Array(buffer)));
    case 'I8':
      return int32(Int32Array.from(new Int8Array(buffer)));
    case 'U16':
      return int32(Int32Array.from(new Uint16Array(buffer)));
    case 'I16':
      return int32(Int32Array.from(new Int16Array(buffer)));
    case 'U32':
      return int32(narrowed(new Uint32Array(buffer), refuse));
    case 'I64':
      return int32(narrowed(new BigInt64Array(buffer), refuse));
    case 'U64':
      return int32(narrowed(new BigUint64Array(buffer), refuse));
    case 'BOOL': {
      const data = new Uint8Array(buffer);
      const strange = data.find((value) => value > 1);
      if (strange !== undefined) throw refuse(`holds ${strange}, which is no bool`);
      return { dtype: 'bool', shape, data };
    }
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'F8_E8M0':
    case 'C64':
      throw refuse(`is ${dtype}, which no dtype of this library holds`);
  }
}

/** Bytes of one decoded element. */
export function decodedBytes(dtype: StoredDType): number {
  return dtype === 'BOOL' ? 1 : Math.max(4, elementBytes[dtype]);
}

function narrowed(
  wide: Uint32Array | BigInt64Array | BigUint64Array,
  refuse: (what: string) => FormatError,
): Int32Array {
  const narrow = new Int32Array(wide.length);
  for (const [i, value] of wide.entries()) {
    // A number outside of int32 is refused, even if the conversion to a double rounded it.
    narrow[i] = Number(value);
    if (narrow[i] !== Number(value)) throw refuse(`holds ${value}, which int32 does not`);
  }
  return narrow;
}
