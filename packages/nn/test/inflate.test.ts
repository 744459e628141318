import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflate } from '../src/inflate.ts';

const plain = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
const strategies = {
  dynamic: constants.Z_DEFAULT_STRATEGY,
  fixed: constants.Z_FIXED,
  'without repetition': constants.Z_HUFFMAN_ONLY,
  'runs alone': constants.Z_RLE,
};
/** Noise, runs, and text: every kind of block, and long words as well as short ones. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .array(fc.tuple(fc.nat({ max: 255 }), fc.integer({ min: 1, max: 700 })), { maxLength: 20 })
    .map((runs) => Uint8Array.from(runs.flatMap(([byte, times]) => Array.from({ length: times }, () => byte)))),
  fc.string({ unit: 'grapheme', maxLength: 2000 }).map((text) => new TextEncoder().encode(text)),
);

describe.each(Object.entries(strategies))('what zlib deflates: %s', (_, strategy) => {
  test('comes back', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 0, max: 9 }), (content, level) => {
        expect(inflate(plain(deflateRawSync(content, { level, strategy })), content.length)).toEqual(plain(content));
      }),
      { numRuns: 200 },
    );
  });
});

test('the many blocks of a zlib without memory', () => {
  const content = Uint8Array.from({ length: 300_000 }, (_, i) => ((i * i) % 251) % 97);
  for (const strategy of Object.values(strategies)) {
    expect(inflate(plain(deflateRawSync(content, { memLevel: 1, strategy })), content.length)).toEqual(content);
  }
});

test('the many small blocks of an encoder that flushes after each row', () => {
  const row = Uint8Array.from({ length: 20 }, (_, i) => (i * i) % 7);
  const flushed = deflateRawSync(row, { finishFlush: constants.Z_SYNC_FLUSH });
  const rows = 5000;
  const deflated = Buffer.concat([...Array.from({ length: rows }, () => flushed), deflateRawSync('')]);
  expect(inflate(plain(deflated), rows * row.length)).toEqual(
    plain(Buffer.concat(Array.from({ length: rows }, () => row))),
  );
});

test('a code of every length: words of up to 15 bits', () => {
  // Byte k is Fibonacci(k) times there, which makes the deepest tree.
  const counts = [1, 1];
  while (counts.length < 22) counts.push((counts.at(-1) ?? 0) + (counts.at(-2) ?? 0));
  const content = Uint8Array.from(counts.flatMap((count, byte) => Array.from({ length: count }, () => byte * 7)));
  const deflated = deflateRawSync(content, { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 });
  expect(inflate(plain(deflated), content.length)).toEqual(content);
});

test('streams that are broken, or of another length, are refused', () => {
  const content = new TextEncoder().encode('to be or not to be, that is the question');
  const deflated = plain(deflateRawSync(content));
  expect(() => inflate(deflated, content.length - 1)).toThrow(
    new RangeError(`it inflates to more than ${content.length - 1} bytes`),
  );
  expect(() => inflate(deflated, content.length + 1)).toThrow(
    new RangeError(`it inflates to ${content.length} bytes, not to ${content.length + 1}`),
  );
  expect(() => inflate(deflated.subarray(0, deflated.length - 2), content.length)).toThrow(
    new RangeError('it ends too early'),
  );
  expect(() => inflate(new Uint8Array([0b111]), 1)).toThrow(new RangeError('it has a block of an unknown type'));
  expect(() => inflate(new Uint8Array([1, 2, 0, 0, 0]), 2)).toThrow(
    new RangeError('it has a stored block whose length is damaged'),
  );
  // The first symbol of a fixed block repeats three bytes from a distance of one, and nothing was there.
  expect(() => inflate(new Uint8Array([0b00000011, 0b00000010, 0]), 3)).toThrow(
    new RangeError('it repeats what lies before its start'),
  );
});

test('a bomb costs what is asked for, not what it claims', () => {
  const bomb = plain(deflateRawSync(new Uint8Array(50_000_000)));
  const start = process.cpuUsage();
  expect(() => inflate(bomb, 1000)).toThrow('it inflates to more than 1000 bytes');
  expect(process.cpuUsage(start).user).toBeLessThan(100_000);
});

test('what follows the bytes that are wanted may be left as it is', () => {
  fc.assert(
    fc.property(
      contents,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 9 }),
      (content, share, level) => {
        const size = Math.floor(share * content.length);
        expect(inflate(plain(deflateRawSync(content, { level })), size, { excess: 'left' })).toEqual(
          plain(content.subarray(0, size)),
        );
      },
    ),
    { numRuns: 300 },
  );
  const bomb = plain(deflateRawSync(new Uint8Array(50_000_000)));
  const start = process.cpuUsage();
  expect(inflate(bomb, 1000, { excess: 'left' })).toEqual(new Uint8Array(1000));
  expect(process.cpuUsage(start).user).toBeLessThan(100_000);
  expect(() => inflate(plain(deflateRawSync(new Uint8Array(9))), 10, { excess: 'left' })).toThrow(
    new RangeError('it inflates to 9 bytes, not to 10'),
  );
});

test('any bytes, and any stream with bytes changed, are inflated or refused', () => {
  const outcomes = new Set<string>();
  const attempt = (bytes: Uint8Array, size: number): void => {
    try {
      expect(inflate(bytes, size)).toHaveLength(size);
      outcomes.add('inflated');
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      outcomes.add('refused');
    }
  };
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(contents, changes, fc.uint8Array({ maxLength: 200 }), (content, edits, noise) => {
      const deflated = plain(deflateRawSync(content));
      for (const [at, byte] of edits) deflated[at % deflated.length] = byte;
      attempt(deflated, content.length);
      attempt(noise, 100);
    }),
    { numRuns: 1000 },
  );
  expect(outcomes).toEqual(new Set(['inflated', 'refused']));
});
