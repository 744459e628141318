/**
 * Reads TensorBoard's event files, written from the formats' descriptions alone: nothing of the writer is used. The
 * checksum is a division of polynomials bit by bit, in BigInt, from the highest power down.
 */

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  /** Whether a session starts here. */
  readonly starts: boolean;
  readonly scalars: Readonly<Record<string, number>>;
}

/** All events of a file, every checksum looked at. Half a record at the end is left out, as TensorBoard does. */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  let at = 0;
  while (at + 12 <= file.length) {
    const length = Number(file.readBigUInt64LE(at));
    if (at + 16 + length > file.length) break;
    const data = file.subarray(at + 12, at + 12 + length);
    expectChecksum(file.subarray(at, at + 8), file.readUInt32LE(at + 8), `the length at byte ${at}`);
    expectChecksum(data, file.readUInt32LE(at + 12 + length), `the record at byte ${at}`);
    events.push(eventOf(data));
    at += 16 + length;
  }
  return events;
}

/** What TensorBoard shows of a run's files, in the order of their names: a session takes the place of later steps. */
export function shownScalars(files: readonly Buffer[]): Map<string, Map<number, number>> {
  const shown = new Map<string, Map<number, number>>();
  for (const { step, starts, scalars } of files.flatMap(readEvents)) {
    if (starts)
      for (const points of shown.values())
        for (const other of [...points.keys()]) if (other >= step) points.delete(other);
    for (const [tag, value] of Object.entries(scalars))
      shown.set(tag, (shown.get(tag) ?? new Map<number, number>()).set(step, value));
  }
  return shown;
}

function expectChecksum(bytes: Buffer, masked: number, what: string): void {
  const turned = (BigInt(masked) - 0xa282ead8n) & 0xffffffffn;
  const stored = ((turned << 15n) | (turned >> 17n)) & 0xffffffffn;
  const computed = castagnoli(bytes);
  if (stored !== computed)
    throw new Error(`${what}: the checksum is ${stored.toString(16)}, and should be ${computed.toString(16)}`);
}

/** The remainder of the bits, lowest of each byte first, the first 32 inverted, by x³² + … ; inverted and turned around. */
export function castagnoli(bytes: Uint8Array): bigint {
  const divisor = 0x11edc6f41n;
  let rest = 0n;
  const bits = [...bytes, 0, 0, 0, 0].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1));
  for (const [i, bit] of bits.entries()) {
    rest = (rest << 1n) | BigInt(i < 32 ? 1 - bit : bit);
    if (rest >> 32n) rest ^= divisor;
  }
  const reversed = rest.toString(2).padStart(32, '0').split('').toReversed().join('');
  return BigInt(`0b${reversed}`) ^ 0xffffffffn;
}

/** A field's number, and its value: a number, or bytes. */
type Field = readonly [number: number, value: number | Buffer];

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte % 128) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [number, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 0) yield [number, varint()];
    else if (wireType === 1) yield [number, message.readDoubleLE((at += 8) - 8)];
    else if (wireType === 5) yield [number, message.readFloatLE((at += 4) - 4)];
    else if (wireType === 2) {
      const length = varint();
      at += length;
      if (at > message.length) throw new Error(`field ${number} reaches beyond its message`);
      yield [number, message.subarray(at - length, at)];
    } else throw new Error(`field ${number} has wire type ${wireType}`);
  }
}

function eventOf(message: Buffer): ReadEvent {
  const fields = new Map(fieldsOf(message));
  const strange = [...fields.keys()].filter((number) => ![1, 2, 3, 5, 7].includes(number));
  if (strange.length > 0) throw new Error(`an event has no fields ${strange.join(', ')} that are read here`);
  const values = [...fieldsOf(bytes(fields.get(5)))].map(([, value]) => new Map(fieldsOf(bytes(value))));
  const version = fields.get(3);
  return {
    wallTime: Number(fields.get(1)),
    step: Number(fields.get(2) ?? 0),
    ...(version === undefined ? {} : { version: bytes(version).toString() }),
    starts: new Map(fieldsOf(bytes(fields.get(7)))).get(1) === 1,
    scalars: Object.fromEntries(values.map((value) => [bytes(value.get(1)).toString(), Number(value.get(2))])),
  };
}

function bytes(value: number | Buffer | undefined): Buffer {
  if (typeof value === 'number') throw new Error(`a message is expected, not ${value}`);
  return value ?? Buffer.alloc(0);
}
