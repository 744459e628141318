import { formatShape, sizeOf } from '@hypercorr/tensor/op';
import {
  elementBytes,
  formatError,
  isIllFormed,
  isStoredDType,
  lengthBytes,
  maxAxes,
  maxHeaderBytes,
  maxKeys,
  metadataKey,
  quote,
  type Entry,
} from './format.ts';
import { JsonCursor } from './json-cursor.ts';

/** The header of a file. */
export interface Header {
  /** The tensors by name, in the header's order. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Free text. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The length of the header that follows the first 8 bytes.
 *
 * @param start at least the first 8 bytes, if the file has them
 * @param fileBytes the length of the whole file
 * @throws FormatError for a length that the file cannot hold
 */
export function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  if (start.length < lengthBytes) {
    throw formatError(
      source,
      `${fileBytes} bytes are too few: a safetensors file starts with ${lengthBytes}; it is empty or cut off: copy it again`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw formatError(
      source,
      `the header claims ${length} bytes; the format allows ${maxHeaderBytes} at most; it is no safetensors file, or damaged`,
    );
  }
  if (Number(length) > fileBytes - lengthBytes) {
    throw formatError(
      source,
      `the header claims ${length} bytes, of which the file has ${fileBytes - lengthBytes}; it is cut off or damaged: copy it again`,
    );
  }
  return Number(length);
}

/**
 * Reads the header, and checks it as strictly as the format's reference implementation: every tensor has exactly the
 * bytes that its shape and dtype need, and together the tensors fill the rest of the file without overlaps or holes.
 * The numbers of tensors and axes are limited here; the reference implementation does not limit them.
 *
 * @param bytes the header alone
 * @param fileBytes the length of the whole file
 * @throws FormatError that names the source, the tensor and the fault
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, source: string): Header {
  const dataStart = lengthBytes + bytes.length;
  const entries = new Map<string, Entry>();
  const metadata: [string, string][] = [];
  refusing(
    source,
    () => 'the header is not what the format describes:',
    () => {
      // Spaces may follow the object, but nothing may come before it.
      if (bytes[0] !== '{'.charCodeAt(0)) throw new SyntaxError('it does not start with {');
      const json = new JsonCursor(decodeText(bytes));
      json.object((name) => {
        if (name === metadataKey) json.object((key) => metadata.push([key, json.string()]), maxKeys);
        else
          entries.set(
            name,
            refusing(
              source,
              () => `tensor ${quote(name)}`,
              () => readEntry(json, name, dataStart),
            ),
          );
      }, maxKeys);
      json.end();
    },
  );
  checkRanges([...entries.values()], dataStart, fileBytes, source);
  return { entries, metadata: Object.fromEntries(metadata) };
}

/** Runs `parse`, and adds the source and the tensor to its errors. */
function refusing<T>(source: string, what: () => string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) throw formatError(source, `${what()} ${error.message}`);
    throw error;
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError('it is no UTF-8 text');
  }
}

function readEntry(json: JsonCursor, name: string, dataStart: number): Entry {
  if (isIllFormed(name)) throw new SyntaxError('has a name that is no well-formed text');
  let dtype: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  json.object((field) => {
    if (field === 'dtype') dtype = json.string();
    else if (field === 'shape') shape = json.list(() => json.size(), maxAxes);
    else if (field === 'data_offsets') offsets = json.list(() => json.size(), 2);
    else throw new SyntaxError(`has a field ${quote(field)}, which the format does not know`);
  }, 4);
  if (dtype === undefined) throw new SyntaxError('has no dtype');
  if (shape === undefined) throw new SyntaxError('has no shape');
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined) throw new SyntaxError('has no pair of data_offsets');
  if (!isStoredDType(dtype)) throw new SyntaxError(`has a dtype that the format does not know: ${quote(dtype)}`);
  const needed = sizeOf(shape) * elementBytes[dtype];
  if (end - begin !== needed) {
    throw new SyntaxError(`has ${end - begin} bytes; ${dtype} ${formatShape(shape)} needs ${needed}`);
  }
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** Checks that the tensors, sorted by their place, fill the bytes from the header's end to the file's without gaps. */
function checkRanges(entries: Entry[], dataStart: number, fileBytes: number, source: string): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = dataStart;
  for (const { name, begin, end } of entries) {
    if (begin !== reached) {
      const what =
        begin < reached ? 'overlaps the tensor before it' : `leaves ${begin - reached} bytes before it unused`;
      throw formatError(source, `tensor ${quote(name)} ${what}`);
    }
    if (end > fileBytes) {
      throw formatError(
        source,
        `tensor ${quote(name)} ends at byte ${end}, the file at ${fileBytes}; it is cut off or damaged: copy it again`,
      );
    }
    reached = end;
  }
  if (reached !== fileBytes) {
    throw formatError(source, `the last ${fileBytes - reached} bytes belong to no tensor`);
  }
}
