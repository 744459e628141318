import { quote } from '../../safetensors/format.ts';
import { ByteReader } from '../byte-reader.ts';
import { mostBytes, type Refuse } from '../format.ts';
import { readDirectory, type ZipRecord } from './directory.ts';
import { inflate } from '../../inflate.ts';

const localSignature = 0x04034b50;

/**
 * A zip archive in memory. Stored records are not copied; deflated records are inflated when asked for. Checksums are
 * not compared: `torch.load` does not compare them either, and files written without them (`set_crc32_options`) hold
 * wrong ones.
 */
export class ZipArchive {
  readonly #bytes: Uint8Array;
  readonly #refuse: Refuse;
  readonly #records: ReadonlyMap<string, ZipRecord>;
  /** Where the content of each record begins. */
  readonly #begins: ReadonlyMap<string, number>;

  /**
   * @throws FormatError for bytes that are no archive, records that overlap, or records that would inflate to many
   * times their size
   */
  constructor(bytes: Uint8Array, refuse: Refuse) {
    this.#bytes = bytes;
    this.#refuse = refuse;
    const { records, begin } = readDirectory(bytes, refuse);
    this.#records = records;
    this.#begins = locate([...records.values()], bytes.subarray(0, begin), refuse);
    const inflated = [...this.#records.values()].reduce((sum, record) => sum + (record.deflated ? record.bytes : 0), 0);
    if (inflated > mostBytes(bytes.length)) {
      throw refuse(
        `its compressed records claim to be ${inflated} bytes, of a file of ${bytes.length}; save it with torch.save, which compresses nothing`,
      );
    }
  }

  get names(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** Bytes of a record's content; undefined if there is no record of this name. */
  sizeOf(name: string): number | undefined {
    return this.#records.get(name)?.bytes;
  }

  /** @throws FormatError for an unknown name, or for broken compressed content */
  read(name: string): Uint8Array {
    const record = this.#records.get(name);
    const begin = this.#begins.get(name);
    if (record === undefined || begin === undefined) throw this.#refuse(`the archive has no record ${quote(name)}`);
    const stored = this.#bytes.subarray(begin, begin + record.storedBytes);
    if (!record.deflated) return stored;
    try {
      return inflate(stored, record.bytes);
    } catch (cause) {
      if (cause instanceof RangeError)
        throw this.#refuse(`the archive's record ${quote(name)} is damaged: ${cause.message}`);
      throw cause;
    }
  }
}

/** Checks that no two records share bytes. Shared bytes are a trick to make a small file inflate to a large one. */
function locate(records: readonly ZipRecord[], bytes: Uint8Array, refuse: Refuse): Map<string, number> {
  const begins = new Map<string, number>();
  let reached = 0;
  for (const record of records.toSorted((a, b) => a.header - b.header)) {
    const { name, header, storedBytes } = record;
    if (!record.deflated && record.bytes !== storedBytes) {
      throw refuse(`the archive's record ${quote(name)} is stored in ${storedBytes} bytes and claims ${record.bytes}`);
    }
    if (header < reached) throw refuse(`the archive's record ${quote(name)} overlaps the one before it`);
    const begin = contentOf(record, bytes, refuse);
    reached = begin + storedBytes;
    if (reached > bytes.length)
      throw refuse(`the archive's record ${quote(name)} ends at byte ${reached}, behind the archive's directory`);
    begins.set(name, begin);
  }
  return begins;
}

/** The content begins behind the local header. The local header may lack the sizes, so the directory's sizes count. */
function contentOf({ name, header }: ZipRecord, bytes: Uint8Array, refuse: Refuse): number {
  if (header > bytes.length)
    throw refuse(`the archive's record ${quote(name)} begins at byte ${header}, behind the archive's directory`);
  const reader = new ByteReader(bytes, refuse, header);
  if (reader.u32() !== localSignature) throw refuse(`the archive's record ${quote(name)} is not at byte ${header}`);
  reader.take(22);
  const [nameBytes, extraBytes] = [reader.u16(), reader.u16()];
  if (reader.text(nameBytes) !== name)
    throw refuse(`the archive's record ${quote(name)} has another name where it lies`);
  reader.take(extraBytes);
  return reader.position;
}
