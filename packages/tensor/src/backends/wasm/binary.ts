import { BackendError } from '../../errors.ts';
import { BinaryReader } from './binary-reader.ts';

/** Decodes lower-case hexadecimal digits. It runs in a program's first milliseconds, when a number parser is slow. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = 16 * digitAt(text, 2 * i) + digitAt(text, 2 * i + 1);
  return bytes;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < letterA ? code - zero : code - letterA + 10;
}

const zero = 0x30;
const letterA = 0x61;

/** What was found in a module. */
export interface ModuleReport {
  /** The names of its kernels. */
  readonly kernels: readonly string[];
  /** The rules for kernel modules that the module breaks. */
  readonly faults: readonly string[];
  /** Offset of the byte that says whether the imported memory is shared. */
  readonly memoryFlagsAt: number | undefined;
}

interface Import {
  readonly name: string;
  readonly kind: number;
  /** Offset and value of the limits' flags, of a memory. */
  readonly flagsAt: number;
  readonly flags: number;
}

interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

const section = { type: 1, import: 2, function: 3, global: 6, export: 7, start: 8, data: 11 } as const;
const external = { function: 0, table: 1, memory: 2, global: 3 } as const;
const limits = { maximum: 1, shared: 2 } as const;
const i32 = 0x7f;
const end = 0x0b;

/**
 * Holds a module against the rules for kernel modules: it imports `env.memory`, shared, and nothing else; it has
 * no data, no start function and no mutable globals; all that it exports are functions `(i32, i32, i32, i32) → ()`.
 *
 * Modules share one memory, so none may bring data to place in it, and threads share no globals, so none may be
 * mutable: a module that breaks either overwrites another's numbers, or forgets its own, without an error.
 */
export function inspectModule(binary: Uint8Array): ModuleReport {
  try {
    return inspectSections(sectionsOf(binary));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kernels: [], faults: [`it is not a WebAssembly binary: ${error.message}`], memoryFlagsAt: undefined };
  }
}

/**
 * Checks a kernel module, and makes it import the kind of memory that there is: a shared one, or (in a page that
 * is not cross-origin isolated) an unshared one.
 *
 * @returns a copy of the binary
 * @throws BackendError that names the rules it breaks
 */
export function prepareBinary(module: string, binary: Uint8Array, shared: boolean): Uint8Array<ArrayBuffer> {
  const { faults, memoryFlagsAt } = inspectModule(binary);
  if (faults.length > 0 || memoryFlagsAt === undefined) {
    throw new BackendError(module, `this is not a kernel module: ${faults.join('; ')} (see docs/adding-an-op.md)`);
  }
  const bytes = Uint8Array.from(binary);
  const flags = bytes[memoryFlagsAt] ?? 0;
  bytes[memoryFlagsAt] = shared ? flags : flags & ~limits.shared;
  return bytes;
}

function sectionsOf(binary: Uint8Array): Map<number, BinaryReader> {
  const reader = new BinaryReader(binary);
  if (String(reader.bytes(8)) !== '0,97,115,109,1,0,0,0') throw new RangeError('its first bytes are others');
  const sections = new Map<number, BinaryReader>();
  while (!reader.done) sections.set(reader.byte(), reader.part(reader.unsigned()));
  return sections;
}

function inspectSections(sections: ReadonlyMap<number, BinaryReader>): ModuleReport {
  const items = <T>(id: number, item: (reader: BinaryReader) => T): T[] => {
    const reader = sections.get(id);
    return reader === undefined ? [] : reader.vector(() => item(reader));
  };
  const isKernelType = items(section.type, readIsKernelType);
  const imports = items(section.import, readImport);
  const functionTypes = items(section.function, (reader) => reader.unsigned());
  const mutableGlobals = items(section.global, readIsMutableGlobal).filter((mutable) => mutable).length;
  const exports = items(section.export, readExport);

  const importedFunctions = imports.filter(({ kind }) => kind === external.function).length;
  const isKernel = ({ kind, index }: Export): boolean => {
    const type = functionTypes[index - importedFunctions];
    return kind === external.function && type !== undefined && isKernelType[type] === true;
  };

  const faults: string[] = [];
  const memory = imports.find(isKernelMemory);
  if (memory === undefined) faults.push('it does not import env.memory');
  else if ((memory.flags & limits.shared) === 0) faults.push('the memory that it imports is not shared');
  for (const found of imports) if (!isKernelMemory(found)) faults.push(`it imports ${found.name}`);
  if (sections.has(section.data)) faults.push('it has a data section (a string, a static array or a class?)');
  if (sections.has(section.start)) faults.push('it has a start function (a value that is computed at start-up?)');
  if (mutableGlobals > 0)
    faults.push(`its mutable globals: ${mutableGlobals} (a 'let' outside a function, or the allocator?)`);
  for (const found of exports) {
    if (!isKernel(found)) faults.push(`its export ${found.name} is not a function (usize, u32, u32, usize): void`);
  }
  if (exports.length === 0) faults.push('it exports no kernel');
  return { kernels: exports.filter(isKernel).map(({ name }) => name), faults, memoryFlagsAt: memory?.flagsAt };
}

function isKernelMemory({ name, kind }: Import): boolean {
  return name === 'env.memory' && kind === external.memory;
}

function readIsKernelType(reader: BinaryReader): boolean {
  const form = reader.byte();
  if (form !== 0x60) throw new RangeError(`type form ${form} is not a function`);
  const parameters = reader.vector(() => reader.byte());
  const results = reader.vector(() => reader.byte());
  return parameters.length === 4 && parameters.every((type) => type === i32) && results.length === 0;
}

function readImport(reader: BinaryReader): Import {
  const name = `${reader.name()}.${reader.name()}`;
  const kind = reader.byte();
  if (kind === external.table) reader.byte(); // element type
  const flagsAt = reader.at;
  let flags = 0;
  if (kind === external.function) reader.unsigned();
  else if (kind === external.global) reader.bytes(2);
  else {
    flags = reader.byte();
    reader.unsigned(); // initial size
    if ((flags & limits.maximum) !== 0) reader.unsigned();
  }
  return { name, kind, flagsAt, flags };
}

function readExport(reader: BinaryReader): Export {
  return { name: reader.name(), kind: reader.byte(), index: reader.unsigned() };
}

function readIsMutableGlobal(reader: BinaryReader): boolean {
  reader.byte(); // value type
  const mutable = reader.byte() === 1;
  for (let opcode = reader.byte(); opcode !== end; opcode = reader.byte()) skipOperand(reader, opcode);
  return mutable;
}

/** Skips what follows the opcode of a constant instruction (chapter 3.4), in which any byte may occur. */
function skipOperand(reader: BinaryReader, opcode: number): void {
  switch (opcode) {
    case 0x41: // i32.const
    case 0x42: // i64.const
    case 0x23: // global.get
      reader.unsigned();
      break;
    case 0x43: // f32.const
      reader.bytes(4);
      break;
    case 0x44: // f64.const
      reader.bytes(8);
      break;
    case 0xfd: // v128.const
      reader.bytes(17);
      break;
    default:
      throw new RangeError(`a global starts with opcode ${opcode}`);
  }
}
