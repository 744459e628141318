import { opcodes } from '../../src/pytorch/pickle/opcodes.ts';

/** Instructions of a pickle. */
export type Code = readonly number[];

const { proto, stop, mark } = opcodes;

const little = (value: number, bytes: number): Code =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
const utf8 = (text: string): Code => [...new TextEncoder().encode(text)];

export const text = (value: string): Code => [opcodes.binUnicode, ...little(utf8(value).length, 4), ...utf8(value)];
/** From 0 to 2³¹ − 1. */
export const int = (value: number): Code => [opcodes.binInt, ...little(value, 4)];
/** Any whole number that a double holds, in as few bytes as Python writes. */
export const long = (value: number): Code => {
  const length = [0, 1, 2, 3, 4, 5, 6, 7, 8].find((bytes) => BigInt.asIntN(8 * bytes, BigInt(value)) === BigInt(value));
  return [opcodes.long1, length ?? 8, ...new Uint8Array(new BigInt64Array([BigInt(value)]).buffer).subarray(0, length)];
};
export const none: Code = [opcodes.none];
export const global = (module: string, name: string): Code => [opcodes.global, ...utf8(`${module}\n${name}\n`)];
export const tuple = (...items: readonly Code[]): Code => [mark, ...items.flat(), opcodes.tuple];
export const list = (...items: readonly Code[]): Code => [opcodes.emptyList, mark, ...items.flat(), opcodes.appends];
export const dict = (entries: Readonly<Record<string, Code>>): Code => [
  opcodes.emptyDict,
  mark,
  ...Object.entries(entries).flatMap(([key, value]) => [...text(key), ...value]),
  opcodes.setItems,
];
export const call = (callable: Code, ...args: readonly Code[]): Code => [
  ...callable,
  ...tuple(...args),
  opcodes.reduce,
];
export const put = (index: number): Code => [opcodes.longBinPut, ...little(index, 4)];
export const get = (index: number): Code => [opcodes.longBinGet, ...little(index, 4)];

/** A tensor as PyTorch writes it; sizes in elements. */
export interface TensorCode {
  readonly key?: string;
  /** Of the storage: `Float`, `Long`… */
  readonly type?: string;
  /** Of the storage. */
  readonly elements?: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

export function tensor({
  key = '0',
  type = 'Float',
  elements,
  offset = 0,
  shape,
  strides = rowMajor(shape),
}: TensorCode): Code {
  const size = shape.reduce((product, each) => product * each, 1);
  const id = tuple(text('storage'), global('torch', `${type}Storage`), text(key), text('cpu'), long(elements ?? size));
  const storage = [...id, opcodes.binPersId];
  const sizes = (values: readonly number[]) => tuple(...values.map(long));
  const hooks = call(global('collections', 'OrderedDict'));
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    storage,
    long(offset),
    sizes(shape),
    sizes(strides),
    [opcodes.newFalse],
    hooks,
  );
}

/** A whole pickle of protocol 2. */
export function pickle(...code: readonly Code[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([proto, 2, ...code.flat(), stop]);
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}
