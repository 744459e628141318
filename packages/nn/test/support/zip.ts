/** A file of an archive. What is not said of it follows from its content. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** 8: deflated, `content` being what that made. */
  readonly method?: number;
  /** Bytes of the content when inflated. */
  readonly bytes?: number;
  /** Bytes of the content as stored. */
  readonly storedBytes?: number;
  readonly flags?: number;
  /** Where the directory says that the record lies. */
  readonly header?: number;
  /** The name where the record lies. */
  readonly localName?: string;
}

export interface ZipLies {
  /** Of the directory. */
  readonly records?: number;
  readonly begin?: number;
  readonly length?: number;
  readonly disk?: number;
  /** Behind the end. */
  readonly comment?: Uint8Array;
  /** What the comment's length is said to be. */
  readonly commentBytes?: number;
}

/** An archive, with lies in it where they are asked for. */
export function writeZip(
  entries: readonly ZipEntry[],
  {
    records = entries.length,
    begin,
    length,
    disk = 0,
    comment = new Uint8Array(),
    commentBytes = comment.length,
  }: ZipLies = {},
): Uint8Array<ArrayBuffer> {
  const file: number[] = [];
  const directory: number[] = [];
  for (const entry of entries) {
    const { content, method = 0, flags = 0x800, storedBytes = content.length, bytes = content.length } = entry;
    const [name, localName] = [entry.name, entry.localName ?? entry.name].map((text) => [
      ...new TextEncoder().encode(text),
    ]);
    if (name === undefined || localName === undefined) continue;
    const header = entry.header ?? file.length;
    const sizes = [...u32(0), ...u32(storedBytes), ...u32(bytes)];
    append(file, [
      ...u32(0x04034b50),
      ...u16(20),
      ...u16(flags),
      ...u16(method),
      ...u32(0),
      ...sizes,
      ...u16(localName.length),
      ...u16(0),
      ...localName,
    ]);
    append(file, content);
    append(directory, [
      ...u32(0x02014b50),
      ...u16(20),
      ...u16(20),
      ...u16(flags),
      ...u16(method),
      ...u32(0),
      ...sizes,
      ...u16(name.length),
    ]);
    append(directory, [...u16(0), ...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(header), ...name]);
  }
  const at = file.length;
  append(file, directory);
  append(file, [
    ...u32(0x06054b50),
    ...u16(disk),
    ...u16(disk),
    ...u16(records),
    ...u16(records),
    ...u32(length ?? directory.length),
    ...u32(begin ?? at),
  ]);
  append(file, [...u16(commentBytes), ...comment]);
  return Uint8Array.from(file);
}

/** One by one: a million arguments are too many for `push`. */
function append(target: number[], bytes: Iterable<number>): void {
  for (const byte of bytes) target.push(byte);
}

export const u16 = (value: number): number[] => [value & 255, (value >>> 8) & 255];
export const u32 = (value: number): number[] => [...u16(value), ...u16(value >>> 16)];
