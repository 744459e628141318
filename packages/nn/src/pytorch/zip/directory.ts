import { quote } from '../../safetensors/format.ts';
import { ByteReader } from '../byte-reader.ts';
import { maxRecords, type Refuse } from '../format.ts';

/** A file of an archive, as the archive's directory describes it. */
export interface ZipRecord {
  readonly name: string;
  readonly deflated: boolean;
  /** Bytes as stored. */
  readonly storedBytes: number;
  /** Bytes of the file itself. */
  readonly bytes: number;
  /** Where its local header begins. */
  readonly header: number;
}

/** Where the directory lies, and how many records it claims to have. */
interface Directory {
  readonly records: number;
  readonly begin: number;
  readonly end: number;
}

const signatures = { record: 0x02014b50, end: 0x06054b50, zip64End: 0x06064b50, zip64Locator: 0x07064b50 };
const endBytes = 22;
const zip64EndBytes = 56;
const zip64LocatorBytes = 20;
/** A field with this value stands in the zip64 extension instead. */
const elsewhere = { u16: 0xffff, u32: 0xffffffff };
const zip64Extra = 0x0001;
const encryptedFlag = 1;

/**
 * Reads the central directory of a zip archive (APPNOTE.TXT 6.3, with zip64). The directory has to lie right before the
 * archive's end. Nothing may be hidden: no encryption, no further disks, no repeated name, no name that leads out of a
 * folder.
 *
 * @returns the records by name, and where the directory begins
 * @throws FormatError for any other archive
 */
export function readDirectory(
  bytes: Uint8Array,
  refuse: Refuse,
): { readonly records: ReadonlyMap<string, ZipRecord>; readonly begin: number } {
  const { records, begin, end } = findDirectory(bytes, refuse);
  if (records > maxRecords) throw refuse(`the archive claims ${records} records; ${maxRecords} are read at most`);
  const reader = new ByteReader(bytes.subarray(0, end), refuse, begin);
  const found = new Map<string, ZipRecord>();
  for (let i = 0; i < records; i += 1) {
    const record = readRecord(reader, refuse);
    if (found.has(record.name)) throw refuse(`the archive has two records ${quote(record.name)}`);
    found.set(record.name, record);
  }
  if (reader.left > 0)
    throw refuse(`the archive's directory has ${reader.left} bytes more than its ${records} records`);
  return { records: found, begin };
}

function findDirectory(bytes: Uint8Array, refuse: Refuse): Directory {
  const at = findEnd(bytes, refuse);
  const reader = new ByteReader(bytes, refuse, at + 4);
  const [disk, directoryDisk, recordsHere, records] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const [length, begin] = [reader.u32(), reader.u32()];
  const zip64 =
    at >= zip64LocatorBytes && new ByteReader(bytes, refuse, at - zip64LocatorBytes).u32() === signatures.zip64Locator;
  if (zip64) return checked(findZip64(bytes, at - zip64LocatorBytes, refuse), refuse);
  if (disk !== 0 || directoryDisk !== 0 || recordsHere !== records) throw refuse('the archive is a part of several');
  if (records === elsewhere.u16 || begin === elsewhere.u32) throw refuse("the archive's zip64 directory is missing");
  return checked({ records, begin, end: begin + length, next: at }, refuse);
}

function checked({ next, ...directory }: Directory & { readonly next: number }, refuse: Refuse): Directory {
  if (directory.end !== next)
    throw refuse(`the archive's directory ends at byte ${directory.end}, not at ${next}, where its end is described`);
  return directory;
}

/** Finds the record at the end. A comment of any length may follow, but it has to end exactly with the file. */
function findEnd(bytes: Uint8Array, refuse: Refuse): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = Math.max(0, bytes.length - endBytes - elsewhere.u16);
  for (let at = bytes.length - endBytes; at >= first; at -= 1) {
    const comment = bytes.length - endBytes - at;
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === comment) return at;
  }
  throw refuse('it begins as a zip archive and has no end of one: it was cut, or something was added');
}

function findZip64(bytes: Uint8Array, locator: number, refuse: Refuse): Directory & { readonly next: number } {
  const pointer = new ByteReader(bytes, refuse, locator + 4);
  const [disk, at, disks] = [pointer.u32(), pointer.u64(), pointer.u32()];
  if (disk !== 0 || disks > 1) throw refuse('the archive is a part of several');
  if (at + zip64EndBytes > locator) throw refuse(`the archive's zip64 end is said to be at byte ${at}`);
  const reader = new ByteReader(bytes.subarray(0, locator), refuse, at);
  if (reader.u32() !== signatures.zip64End) throw refuse(`the archive's zip64 end is not at byte ${at}`);
  reader.take(20);
  const [recordsHere, records, length, begin] = [reader.u64(), reader.u64(), reader.u64(), reader.u64()];
  if (recordsHere !== records) throw refuse('the archive is a part of several');
  return { records, begin, end: begin + length, next: at };
}

function readRecord(reader: ByteReader, refuse: Refuse): ZipRecord {
  const at = reader.position;
  if (reader.u32() !== signatures.record) throw refuse(`the archive's directory has no record at byte ${at}`);
  reader.take(4);
  const [flags, method] = [reader.u16(), reader.u16()];
  reader.take(8);
  const [storedBytes, bytes] = [reader.u32(), reader.u32()];
  const [nameBytes, extraBytes, commentBytes, disk] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  reader.take(6);
  const header = reader.u32();
  const name = reader.text(nameBytes);
  const extra = reader.take(extraBytes);
  reader.take(commentBytes);
  checkName(name, refuse);
  if ((flags & encryptedFlag) !== 0) throw refuse(`the archive's record ${quote(name)} is encrypted`);
  if (method !== 0 && method !== 8)
    throw refuse(
      `the archive's record ${quote(name)} is compressed by method ${method}; stored and deflated ones are read`,
    );
  if (disk !== 0 && disk !== elsewhere.u16) throw refuse(`the archive's record ${quote(name)} lies in another part`);
  return { name, deflated: method === 8, ...widened({ bytes, storedBytes, header }, extra, refuse) };
}

type Places = Pick<ZipRecord, 'bytes' | 'storedBytes' | 'header'>;

/** The zip64 extension holds, in this order, the values that did not fit into their fields. */
function widened(places: Places, extra: Uint8Array, refuse: Refuse): Places {
  const isWide = (value: number): boolean => value === elsewhere.u32;
  if (!Object.values(places).some(isWide)) return places;
  const reader = new ByteReader(extra, refuse);
  while (reader.left > 0) {
    const id = reader.u16();
    const content = new ByteReader(reader.take(reader.u16()), refuse);
    if (id !== zip64Extra) continue;
    const value = (narrow: number): number => (isWide(narrow) ? content.u64() : narrow);
    return { bytes: value(places.bytes), storedBytes: value(places.storedBytes), header: value(places.header) };
  }
  throw refuse('the archive has a record of 4 GiB without its zip64 extension');
}

/** No file is ever written under these names, but PyTorch's archives have no names that lead out of a folder. */
function checkName(name: string, refuse: Refuse): void {
  const parts = name.split('/');
  // A folder's name ends in a slash.
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const strange = parts.some((part) => part === '' || part === '.' || part === '..') || /^[a-z]:|\\|\0/i.test(name);
  if (strange)
    throw refuse(`the archive has a record ${quote(name)}: a name that is absolute or leads out of its folder`);
}
