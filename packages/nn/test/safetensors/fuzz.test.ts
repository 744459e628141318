import { FormatError, type DType } from '@hypercorr/tensor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSafetensors, serialiseTensors, type HostTensor } from '../../src/index.ts';
import { rawFile } from './support.ts';

const timeout = 60_000;
const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function hostTensor(dtype: DType, shape: readonly number[]): fc.Arbitrary<HostTensor> {
  const length = sizeOf(shape);
  const exactly = { minLength: length, maxLength: length };
  switch (dtype) {
    case 'float32':
      return fc.float32Array(exactly).map((data) => ({ dtype, shape, data }));
    case 'float64':
      return fc.float64Array(exactly).map((data) => ({ dtype, shape, data }));
    case 'int32':
      return fc.int32Array(exactly).map((data) => ({ dtype, shape, data }));
    case 'bool':
      return fc.uint8Array({ ...exactly, max: 1 }).map((data) => ({ dtype, shape, data }));
  }
}

const tensors = fc
  .tuple(fc.constantFrom<DType>('float32', 'float64', 'int32', 'bool'), shapes)
  .chain(([dtype, shape]) => hostTensor(dtype, shape));
const names = fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__');
const states = fc.dictionary(names, tensors, { maxKeys: 5 });
const texts = fc.dictionary(names, fc.string({ unit: 'binary' }), { maxKeys: 3 });

test('what is written is read back, to the bit, with its metadata', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(states, texts, async (state, metadata) => {
      const file = parseSafetensors(await serialiseTensors(state, { metadata }));
      expect(new Set(file.names)).toEqual(new Set(Object.keys(state)));
      expect({ ...file.metadata }).toEqual({ ...metadata });
      for (const [name, tensor] of Object.entries(state)) expect(file.read(name)).toEqual({ ...tensor });
    }),
    { numRuns: 300 },
  );
});

/** Reads everything, or a FormatError says why not; anything else goes through. */
function readAll(bytes: Uint8Array): 'read' | 'refused' {
  try {
    const file = parseSafetensors(bytes);
    for (const name of file.names) {
      const { shape, data } = file.read(name);
      if (data.length !== sizeOf(shape)) throw new RangeError(`${name} has ${data.length} elements`);
    }
    return 'read';
  } catch (error) {
    if (error instanceof FormatError) return 'refused';
    throw error;
  }
}

const validFile = states.chain((state) => fc.constant(serialiseTensors(state, { metadata: { format: 'pt' } })));

test('a file cut anywhere is refused', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(validFile, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (valid, share) => {
      const bytes = await valid;
      expect(() => parseSafetensors(bytes.subarray(0, Math.floor(share * bytes.length)))).toThrow(FormatError);
    }),
    { numRuns: 500 },
  );
});

test('a file with bytes added at the end is refused', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(validFile, fc.uint8Array({ minLength: 1, maxLength: 9 }), async (valid, more) => {
      const bytes = await valid;
      expect(() => parseSafetensors(new Uint8Array([...bytes, ...more]))).toThrow(FormatError);
    }),
    { numRuns: 200 },
  );
});

test('a file with bytes changed is read or refused', { timeout }, async () => {
  const outcomes = new Set<string>();
  const change = fc.record({
    share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    byte: fc.nat({ max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(validFile, fc.array(change, { minLength: 1, maxLength: 8 }), async (valid, changes) => {
      const bytes = await valid;
      for (const { share, byte } of changes) bytes[Math.floor(share * bytes.length)] = byte;
      outcomes.add(readAll(bytes));
    }),
    { numRuns: 1000 },
  );
  expect(outcomes).toEqual(new Set(['read', 'refused']));
});

test('a file whose header has pieces removed, repeated or exchanged is read or refused', { timeout }, async () => {
  const outcomes = new Set<string>();
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '0',
    '-1',
    '9'.repeat(30),
    'null',
    '"dtype"',
    '"BOOL"',
  );
  const edit = fc.record({ at: fc.nat(), drop: fc.nat({ max: 8 }), insert: fc.array(pieces, { maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(validFile, fc.array(edit, { minLength: 1, maxLength: 4 }), async (valid, edits) => {
      const bytes = await valid;
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      let header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
      for (const { at, drop, insert } of edits) {
        const place = at % (header.length + 1);
        header = header.slice(0, place) + insert.join('') + header.slice(place + drop);
      }
      outcomes.add(readAll(rawFile(header, bytes.subarray(8 + length))));
    }),
    { numRuns: 1000 },
  );
  expect(outcomes).toEqual(new Set(['read', 'refused']));
});

test('any header of JSON, and any bytes at all, are read or refused', { timeout }, () => {
  const outcomes = new Set<string>();
  const json = fc.json().map((text) => new TextEncoder().encode(text));
  fc.assert(
    fc.property(fc.oneof(json, fc.uint8Array({ maxLength: 64 })), fc.uint8Array({ maxLength: 32 }), (header, data) => {
      outcomes.add(readAll(rawFile(header, data)));
      outcomes.add(readAll(header));
    }),
    { numRuns: 1000 },
  );
  expect(outcomes).toContain('refused');
});

test('any description of a tensor is read or refused', { timeout }, () => {
  const outcomes = new Set<string>();
  const sizes = fc.oneof(fc.nat({ max: 9 }), fc.maxSafeNat(), fc.integer(), fc.double());
  const description = fc.record(
    {
      dtype: fc.constantFrom('F32', 'F16', 'I64', 'BOOL', 'U64', 'f32', ''),
      shape: fc.array(sizes, { maxLength: 3 }),
      data_offsets: fc.array(sizes, { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.dictionary(names, description, { maxKeys: 3 }),
      fc.uint8Array({ maxLength: 24 }),
      (content, data) => {
        outcomes.add(readAll(rawFile(JSON.stringify(content), data)));
      },
    ),
    { numRuns: 1000 },
  );
  expect(outcomes).toContain('refused');
});
