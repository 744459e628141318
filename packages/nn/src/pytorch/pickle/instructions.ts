import type { ByteReader } from '../byte-reader.ts';
import type { opcodes } from './opcodes.ts';
import type { PickleStack } from './stack.ts';
import {
  Buildable,
  Callable,
  Dict,
  List,
  PickleSet,
  Placeholder,
  Tuple,
  bytesWords,
  kindOf,
  type PickleValue,
} from './values.ts';

/** The outside values that a pickle may ask for. */
export interface Environment {
  /** The value that `module.name` stands for: a placeholder for all but a few names. */
  find(module: string, name: string): PickleValue;
  /** The value outside of the pickle with this id. @throws FormatError if there is none */
  persistent(id: PickleValue): PickleValue;
}

/** Reads its operands and changes the stack. */
export type Instruction = (stack: PickleStack, reader: ByteReader, environment: Environment) => void;

const newestProtocol = 5;
/**
 * Words of memory that a value takes besides its own bytes. The longest integers, which no tensor has, count for their
 * time.
 */
const wordsOf = { text: 8, storage: 8, longInteger: 128, name: 24 };
/** The most bytes of an integer, and of a name. */
const mostDigitBytes = 255;
const mostNameBytes = 1024;

/** The effect of each instruction, without `stop` at the end, which the unpickler handles. */
export const instructions: Readonly<Record<Exclude<keyof typeof opcodes, 'stop'>, Instruction>> = {
  proto: (_, reader) => {
    const version = reader.u8();
    if (version > newestProtocol)
      throw reader.refuse(`its pickle is of protocol ${version}; ${newestProtocol} is the newest that is known`);
  },
  // The number of bytes that Python reads ahead. Nothing depends on it.
  frame: (_, reader) => {
    const length = reader.u64();
    if (length > reader.left) throw reader.refuse(`its pickle has a frame of ${length} bytes, ${reader.left} are left`);
  },

  none: (stack) => stack.push(null),
  newTrue: (stack) => stack.push(true),
  newFalse: (stack) => stack.push(false),
  binInt: (stack, reader) => stack.push(reader.i32()),
  binInt1: (stack, reader) => stack.push(reader.u8()),
  binInt2: (stack, reader) => stack.push(reader.u16()),
  long1: (stack, reader) => stack.push(readInteger(stack, reader, reader.u8())),
  long4: (stack, reader) => stack.push(readInteger(stack, reader, reader.u32())),
  binFloat: (stack, reader) => stack.push(reader.f64()),
  shortBinString: (stack, reader) => pushText(stack, reader, reader.u8()),
  binString: (stack, reader) => pushText(stack, reader, reader.u32()),
  shortBinUnicode: (stack, reader) => pushText(stack, reader, reader.u8()),
  binUnicode: (stack, reader) => pushText(stack, reader, reader.u32()),
  binUnicode8: (stack, reader) => pushText(stack, reader, reader.u64()),
  shortBinBytes: (stack, reader) => pushBytes(stack, reader, reader.u8()),
  binBytes: (stack, reader) => pushBytes(stack, reader, reader.u32()),
  binBytes8: (stack, reader) => pushBytes(stack, reader, reader.u64()),
  byteArray8: (stack, reader) => pushBytes(stack, reader, reader.u64()),

  mark: (stack) => stack.mark(),
  pop: (stack) => stack.drop(),
  popMark: (stack) => void stack.popMarked(),
  dup: (stack) => stack.push(stack.top()),

  emptyTuple: (stack) => stack.makeTuple([]),
  tuple: (stack) => stack.makeTuple(stack.popMarked()),
  tuple1: (stack) => stack.makeTuple(stack.popSome(1)),
  tuple2: (stack) => stack.makeTuple(stack.popSome(2)),
  tuple3: (stack) => stack.makeTuple(stack.popSome(3)),
  emptyList: (stack) => stack.make(new List()),
  list: (stack) => {
    const items = stack.popMarked();
    stack.make(new List());
    stack.appendTo(items);
  },
  append: (stack) => stack.appendTo(stack.popSome(1)),
  appends: (stack) => stack.appendTo(stack.popMarked()),
  emptyDict: (stack) => stack.make(new Dict()),
  dict: (stack) => {
    const items = stack.popMarked();
    stack.make(new Dict());
    stack.setIn(items);
  },
  setItem: (stack) => stack.setIn(stack.popSome(2)),
  setItems: (stack) => stack.setIn(stack.popMarked()),
  emptySet: (stack) => stack.make(new PickleSet()),
  addItems: (stack) => stack.addTo(stack.popMarked()),
  frozenSet: (stack) => {
    const items = stack.popMarked();
    stack.make(new PickleSet());
    stack.addTo(items);
  },

  binPut: (stack, reader) => stack.remember(reader.u8()),
  longBinPut: (stack, reader) => stack.remember(reader.u32()),
  memoize: (stack) => stack.remember(stack.remembered),
  binGet: (stack, reader) => stack.recall(reader.u8()),
  longBinGet: (stack, reader) => stack.recall(reader.u32()),

  // Here Python would import and call.
  global: (stack, reader, environment) => pushNamed(stack, environment, readNames(reader)),
  stackGlobal: (stack, reader, environment) => {
    const [module, name] = stack.popSome(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw reader.refuse('its pickle asks for a name that is no text');
    // Other names would take long to compare.
    if (module.length > mostNameBytes || name.length > mostNameBytes)
      throw reader.refuse(`its pickle asks for a name of ${module.length + name.length} characters`);
    pushNamed(stack, environment, [module, name]);
  },
  // Protocol 0 names a class and makes an object of it at once. The instruction is read so that the error can name the
  // class.
  inst: (_, reader) => {
    const [module, name] = readNames(reader);
    throw reader.refuse(`its pickle makes an object of ${module}.${name} by protocol 0`);
  },
  reduce: callUppermost,
  newObj: callUppermost,
  newObjEx: (stack, reader) => {
    const [callable, , named] = stack.popSome(3);
    if (!(callable instanceof Placeholder))
      throw reader.refuse(`its pickle calls ${kindOf(callable ?? null)}, with ${kindOf(named ?? null)}`);
    stack.push(callable);
  },
  build: (stack, reader) => {
    const [state] = stack.popSome(1);
    const target = stack.top();
    // Attributes of a dict, such as the versions that PyTorch keeps beside a state, are not needed.
    if (target instanceof Dict) return;
    if (!(target instanceof Buildable)) throw reader.refuse(`its pickle gives a state to ${kindOf(target)}`);
    target.build(state ?? null);
  },
  binPersId: (stack, _, environment) => {
    const [id] = stack.popSome(1);
    stack.spend(wordsOf.storage);
    stack.push(environment.persistent(id ?? null));
  },
};

function callUppermost(stack: PickleStack, reader: ByteReader): void {
  const [callable, args] = stack.popSome(2);
  if (callable instanceof Placeholder) {
    stack.push(callable);
    return;
  }
  if (!(callable instanceof Callable) || !(args instanceof Tuple)) {
    throw reader.refuse(`its pickle calls ${kindOf(callable ?? null)}, with ${kindOf(args ?? null)}`);
  }
  stack.push(callable.call(args.items, stack));
}

function pushNamed(stack: PickleStack, environment: Environment, [module, name]: readonly [string, string]): void {
  stack.spend(wordsOf.name + (module.length + name.length) / 8);
  stack.push(environment.find(module, name));
}

function readNames(reader: ByteReader): [module: string, name: string] {
  return [reader.line(mostNameBytes), reader.line(mostNameBytes)];
}

function pushText(stack: PickleStack, reader: ByteReader, length: number): void {
  const text = reader.text(length);
  stack.spend(wordsOf.text);
  stack.push(text);
}

function pushBytes(stack: PickleStack, reader: ByteReader, length: number): void {
  const bytes = reader.take(length);
  stack.spend(bytesWords);
  stack.push(bytes);
}

/** Two's complement, little-endian. */
function readInteger(stack: PickleStack, reader: ByteReader, length: number): number | bigint {
  if (length <= 6) {
    let value = 0;
    for (let i = 0; i < length; i += 1) value += reader.u8() * 2 ** (8 * i);
    return value < 2 ** (8 * length - 1) ? value : value - 2 ** (8 * length);
  }
  stack.spend(wordsOf.longInteger);
  if (length > mostDigitBytes) throw reader.refuse(`its pickle has an integer of ${length} bytes`);
  const digits = Array.from(reader.take(length), (byte) => byte.toString(16).padStart(2, '0'))
    .toReversed()
    .join('');
  const value = BigInt.asIntN(8 * length, BigInt(`0x0${digits}`));
  return BigInt.asIntN(53, value) === value ? Number(value) : value;
}
