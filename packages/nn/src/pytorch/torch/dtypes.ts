import type { StoredDType } from '../../safetensors/format.ts';

/**
 * PyTorch's element types that safetensors files also have: PyTorch's name, the name in safetensors, and the storage
 * class.
 */
const table = [
  ['float64', 'F64', 'Double'],
  ['float32', 'F32', 'Float'],
  ['float16', 'F16', 'Half'],
  ['bfloat16', 'BF16', 'BFloat16'],
  ['int64', 'I64', 'Long'],
  ['int32', 'I32', 'Int'],
  ['int16', 'I16', 'Short'],
  ['int8', 'I8', 'Char'],
  ['uint8', 'U8', 'Byte'],
  ['bool', 'BOOL', 'Bool'],
  ['complex64', 'C64', 'ComplexFloat'],
  ['uint64', 'U64', undefined],
  ['uint32', 'U32', undefined],
  ['uint16', 'U16', undefined],
  ['float8_e4m3fn', 'F8_E4M3', undefined],
  ['float8_e5m2', 'F8_E5M2', undefined],
] as const satisfies readonly (readonly [string, StoredDType, string | undefined])[];

/** `float32` of `torch.float32`. */
export const dtypesByName: ReadonlyMap<string, StoredDType> = new Map(table.map(([name, stored]) => [name, stored]));

/** `Float` of `torch.FloatStorage` and `torch.FloatTensor`. */
export const dtypesByClass: ReadonlyMap<string, StoredDType> = new Map(
  table.flatMap(([, stored, className]) => (className === undefined ? [] : [[className, stored] as const])),
);
