/**
 * Writes one message in Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding): fields one after
 * the other, each a tag and a value. ONNX models and TensorBoard's events are such messages.
 *
 * @example const bytes = new MessageWriter().string(1, 'weight').varint(2, 3).bytes();
 */
export class MessageWriter {
  // Large fields are kept as given, and copied once at the end.
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** int32, int64, uint64, enum or bool: whole numbers, negative ones as 64-bit two's complement. */
  varint(field: number, value: number | bigint): this {
    return this.#put(tag(field, 'varint'), varint(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    return this.#put(
      tag(field, 'four bytes'),
      littleEndian(4, (view) => view.setFloat32(0, value, true)),
    );
  }

  double(field: number, value: number): this {
    return this.#put(
      tag(field, 'eight bytes'),
      littleEndian(8, (view) => view.setFloat64(0, value, true)),
    );
  }

  string(field: number, text: string): this {
    return this.raw(field, new TextEncoder().encode(text));
  }

  /** Bytes as they are. They are not copied before `bytes()`. */
  raw(field: number, data: Uint8Array): this {
    return this.#put(tag(field, 'length'), varint(BigInt(data.length)), data);
  }

  /** A message within this one. Do not add to `inner` afterwards. */
  message(field: number, inner: MessageWriter): this {
    this.#put(tag(field, 'length'), varint(BigInt(inner.#length)));
    // One by one: a large graph has more parts than a call takes arguments.
    for (const part of inner.#parts) this.#put(part);
    return this;
  }

  /** The message. */
  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #put(...parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    return this;
  }
}

const wireTypes = { varint: 0, 'eight bytes': 1, length: 2, 'four bytes': 5 } as const;

function tag(field: number, type: keyof typeof wireTypes): Uint8Array {
  return varint(BigInt(field * 8 + wireTypes[type]));
}

/** Seven bits a byte, the lowest first; the eighth says that another byte follows. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function littleEndian(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}
