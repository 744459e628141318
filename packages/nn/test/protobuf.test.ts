import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageWriter } from '../src/protobuf.ts';

/** Reads a message back, by the format's description: fields in their order, numbers as they are stored. */
function fieldsOf(bytes: Uint8Array): (readonly [field: number, value: bigint | Uint8Array])[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.slice(at - length, at);
  };
  const fields: (readonly [number, bigint | Uint8Array])[] = [];
  while (at < bytes.length) {
    const tag = varint();
    const field = Number(tag >> 3n);
    const type = Number(tag & 7n);
    fields.push([field, type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : Number(varint()))]);
  }
  return fields;
}

test('the examples of the format’s description', () => {
  expect([...new MessageWriter().varint(1, 150).bytes()]).toEqual([0x08, 0x96, 0x01]);
  expect([...new MessageWriter().string(2, 'testing').bytes()]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
  expect([...new MessageWriter().message(3, new MessageWriter().varint(1, 150)).bytes()]).toEqual([
    0x1a, 0x03, 0x08, 0x96, 0x01,
  ]);
  expect([...new MessageWriter().varint(1, -2).bytes()]).toEqual([
    0x08,
    0xfe,
    ...Array.from({ length: 8 }, () => 0xff),
    0x01,
  ]);
  expect([...new MessageWriter().float(4, 1).double(5, -2).bytes()]).toEqual([
    0x25, 0, 0, 0x80, 0x3f, 0x29, 0, 0, 0, 0, 0, 0, 0, 0xc0,
  ]);
});

test('a message may have more fields than a call takes arguments', () => {
  const inner = new MessageWriter();
  for (let i = 0; i < 200_000; i += 1) inner.varint(1, 1);
  expect(new MessageWriter().message(2, inner).bytes()).toHaveLength(400_000 + 4);
});

test('whatever is written is read back, in messages within messages', () => {
  const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
  const numbers = fc.array(fc.tuple(field, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })));
  fc.assert(
    fc.property(numbers, field, fc.uint8Array({ maxLength: 300 }), (entries, name, data) => {
      const inner = new MessageWriter();
      for (const [number, value] of entries) inner.varint(number, value);
      const outer = new MessageWriter().raw(name, data).message(name, inner);
      const [raw, message] = fieldsOf(outer.bytes());
      expect(raw).toEqual([name, data]);
      expect(message).toEqual([name, inner.bytes()]);
      expect(fieldsOf(inner.bytes())).toEqual(entries.map(([number, value]) => [number, BigInt.asUintN(64, value)]));
    }),
  );
});
