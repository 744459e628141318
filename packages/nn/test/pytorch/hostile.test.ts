import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateRawSync } from 'node:zlib';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { parseWeights } from '../../src/index.ts';
import { opcodes } from '../../src/pytorch/pickle/opcodes.ts';
import { call, dict, get, global, int, pickle, put, tensor, text, type Code } from '../support/pickle.ts';
import { concatenate, legacyFile, zipFile } from '../support/torch-file.ts';
import { writeZip, type ZipEntry } from '../support/zip.ts';
import { rawFile } from '../safetensors/support.ts';

/** Seconds of the processor that a file takes at most, whatever it is; those of the clock are the machine's. */
const patience = 1;

/** Memory, besides the file itself: a small constant, and as many times the file's size. */
const fixedBytes = 32 * 2 ** 20;
const timesTheFile = 3;

/** Frees what the making of a file left, so that it does not make room for what reading it takes. */
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const utf8 = (value: string) => new TextEncoder().encode(value);

/** `length` bytes that repeat a few. */
function repeated(bytes: readonly number[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) all[i] = bytes[i % bytes.length] ?? 0;
  return all;
}

/** A legacy file whose object is any bytes. */
function legacyObject(object: Uint8Array): Uint8Array {
  const valid = legacyFile([opcodes.none]);
  const tail = pickle([opcodes.none]).length + pickle([opcodes.emptyList, opcodes.mark, opcodes.appends]).length;
  return concatenate([valid.subarray(0, valid.length - tail), object]);
}

/** An archive whose pickle is any bytes. */
const zipObject = (object: Uint8Array) => writeZip([{ name: 'w/data.pkl', content: object }]);

const tenMillion = 10_000_000;

/** A header of nearly 100 MB: as many entries as the limit lets pass and some more, and then space. */
const longHeader = (start: string, entry: (i: number) => string): Uint8Array =>
  rawFile(
    concatenate([
      utf8(start + Array.from({ length: 150_000 }, (_, i) => entry(i)).join(',')),
      repeated([0x20], 90_000_000),
    ]),
  );

const nested = (count: number): Code => [
  ...[opcodes.emptyList],
  ...Array.from({ length: count }, () => [opcodes.emptyList, opcodes.append]).flat(),
];

/** Each list holds the one before it twice: 2ⁿ elements, if anybody walked through them. */
const doubling = (count: number): Code => [
  ...[opcodes.emptyList, ...put(0)],
  ...Array.from({ length: count }, (_, i) => [
    opcodes.emptyList,
    opcodes.mark,
    ...get(i),
    ...get(i),
    opcodes.appends,
    ...put(i + 1),
  ]).flat(),
];

const manyViews = Array.from(
  { length: 2000 },
  (_, i) => [`v${i}`, tensor({ elements: 100_000, shape: [100_000] })] as const,
);
const pairs: Code = [
  opcodes.emptyList,
  ...put(0),
  opcodes.mark,
  ...Array.from({ length: 1000 }, () => [...text('k'), ...int(1), opcodes.tuple2]).flat(),
  opcodes.appends,
];
const copies = Array.from({ length: 5000 }, () => [
  ...call(global('collections', 'OrderedDict'), get(0)),
  opcodes.pop,
]).flat();

/** Zeros, deflated a thousandfold. */
const bomb = (length: number, claimed: number): Uint8Array =>
  writeZip([{ name: 'w/data.pkl', content: deflateRawSync(new Uint8Array(length)), method: 8, bytes: claimed }]);

const deflatedPickle = (block: readonly number[], bytes: number): Uint8Array =>
  writeZip([{ name: 'w/data.pkl', content: repeated(block, bytes), method: 8, bytes: 100 }]);

/** Blocks of three bits and an end of seven: four in five bytes, none of them the last. */
const emptyBlocks = (bytes: number): Uint8Array =>
  deflatedPickle([0b00000010, 0b00001000, 0b00100000, 0b10000000, 0], bytes);

/** Blocks that are empty but for their codes: four in 45 bytes, none of them the last. */
const emptyBlocksWithCodes = (bytes: number): Uint8Array => {
  const field = (value: number, length: number): number[] => Array.from({ length }, (_, i) => (value >> i) & 1);
  // Lengths of the lengths' code: 1 for 18 (zeros, 11 and as many as 7 bits say) and, last, for 1.
  const lengths = [0, 0, 1, ...Array.from({ length: 14 }, () => 0), 1].flatMap((length) => field(length, 3));
  // 256 zeros, and a length of 1 each for the end of the block and for a distance; then that end.
  const block = [
    ...field(0b100, 3),
    ...field(0, 10),
    ...field(14, 4),
    ...lengths,
    1,
    ...field(138 - 11, 7),
    1,
    ...field(118 - 11, 7),
    0,
    0,
    0,
  ];
  const bits = [...block, ...block, ...block, ...block];
  return deflatedPickle(
    Array.from({ length: bits.length / 8 }, (_, i) =>
      bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, place) => byte | (bit << place), 0),
    ),
    bytes,
  );
};

/** Pushed and thrown away, a pickle's length of them. */
const thrownAway = (...code: Code): Uint8Array => zipObject(repeated([...code, opcodes.pop], 8_000_000));

const folders: readonly ZipEntry[] = Array.from({ length: 20_000 }, (_, i) => ({
  name: `w/${i}`,
  content: new Uint8Array(),
}));
const digits = (length: number): string => '9'.repeat(length);

/** Each would take minutes, gigabytes or the stack, if it were believed. */
const files: readonly (readonly [what: string, make: () => Uint8Array, message: string])[] = [
  [
    'a header of 100 GB',
    () => concatenate([new Uint8Array(new BigUint64Array([100_000_000_000n]).buffer), utf8('{}')]),
    'it is neither a safetensors file nor one of torch.save',
  ],
  [
    'a header of 4 GB',
    () => concatenate([new Uint8Array(new BigUint64Array([2n ** 32n - 1n]).buffer), utf8('{}')]),
    'the header claims 4294967295 bytes; the format allows 100000000 at most',
  ],
  [
    'a header of 98 MB that is full of tensors',
    () => longHeader('{', (i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`),
    'has more than 100000 keys',
  ],
  [
    'a header of 98 MB that is full of texts',
    () => longHeader('{"__metadata__":{', (i) => `"${i}":""`),
    'has more than 100000 keys',
  ],
  [
    'a shape of ten million axes',
    () => rawFile(`{"x":{"shape":[${'1,'.repeat(tenMillion)}1]}}`),
    'has a list of more than 64 items',
  ],
  ['a size of ten million digits', () => rawFile(`{"x":{"shape":[${digits(tenMillion)}]}}`), 'expected a whole number'],
  [
    'tensors on top of each other',
    () =>
      rawFile(
        '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}',
        new Uint8Array(8),
      ),
    'tensor "b" overlaps the tensor before it',
  ],
  [
    'ten million values',
    () => legacyObject(repeated([opcodes.none], tenMillion)),
    'its pickle piles up 1048576 values',
  ],
  ['ten million marks', () => legacyObject(repeated([opcodes.mark], tenMillion)), 'its pickle piles up 1048576 values'],
  ['ten million dicts', () => legacyObject(repeated([opcodes.emptyDict], tenMillion)), 'its pickle makes more of its'],
  [
    'ten million dicts, thrown away',
    () => zipObject(repeated([opcodes.emptyDict, opcodes.pop], tenMillion)),
    'its pickle is longer than 8388608 bytes',
  ],
  [
    'lists that are remembered and thrown away',
    () => legacyObject(repeated([opcodes.emptyList, opcodes.memoize, opcodes.pop], tenMillion)),
    'its pickle makes more of its',
  ],
  [
    'one value remembered ten million times',
    () => legacyObject(concatenate([pickle([opcodes.none]).subarray(2, 3), repeated([opcodes.memoize], tenMillion)])),
    'its pickle makes more of its',
  ],
  ['a list within a list, 20,000 deep', () => zipFile(nested(20_000)), 'it holds a list'],
  [
    'a million tuples within each other',
    () => legacyObject(concatenate([Uint8Array.from([opcodes.none]), repeated([opcodes.tuple1], 1_000_000)])),
    'its pickle makes more of its',
  ],
  ['a list of 2¹⁰⁰⁰ elements', () => zipFile(dict({ x: doubling(1000) })), 'there is no state dict'],
  ['a dict that is copied 5,000 times', () => zipFile([...pairs, ...copies]), 'its pickle makes more of its'],
  [
    'a thousandfold of views',
    () => zipFile(dict(Object.fromEntries(manyViews)), { '0': new Uint8Array(400_000) }),
    'its 2000 tensors would take 800000000 bytes',
  ],
  [
    'an integer of a gigabyte',
    () => legacyObject(Uint8Array.from([opcodes.long4, 0, 0, 0, 0x40])),
    'its pickle has an integer of 1073741824 bytes',
  ],
  [
    'a frame of 2⁶³ bytes',
    () => legacyObject(Uint8Array.from([opcodes.frame, 0, 0, 0, 0, 0, 0, 0, 0x80])),
    'claims 9223372036854775808 bytes',
  ],
  [
    'a text of 4 GB',
    () => legacyObject(Uint8Array.from([opcodes.binUnicode, 255, 255, 255, 255])),
    '4294967295 bytes are asked for',
  ],
  ['a zip bomb', () => bomb(100_000_000, 100_000_000), 'its compressed records claim to be 100000000 bytes'],
  ['a zip bomb that lies', () => bomb(100_000_000, 500_000), 'is damaged: it inflates to more than 500000 bytes'],
  [
    'a record of the system',
    () => writeZip([{ name: '/etc/passwd', content: new Uint8Array() }]),
    'a name that is absolute or leads out of its folder',
  ],
  [
    'a record above its folder',
    () => writeZip([{ name: 'w/../../x', content: new Uint8Array() }]),
    'a name that is absolute or leads out of its folder',
  ],
  ['a million empty blocks', () => emptyBlocks(1_250_000), 'is damaged: it ends too early'],
  [
    'blocks of codes alone',
    () => emptyBlocksWithCodes(450_000),
    'is damaged: it has more blocks with codes of their own than 450000 bytes that become 100 need',
  ],
  [
    'a pickle that inflates to 20 MB',
    () =>
      writeZip([
        { name: 'w/data.pkl', content: deflateRawSync(new Uint8Array(20_000_000)), method: 8, bytes: 20_000_000 },
        { name: 'w/x', content: new Uint8Array(4_000_000) },
      ]),
    'its pickle is longer than 8388608 bytes',
  ],
  [
    'a legacy text of 600 MB',
    () =>
      legacyObject(
        concatenate([Uint8Array.from([opcodes.binUnicode, 0, 0x46, 0xc3, 0x23]), new Uint8Array(600_000_000)]),
      ),
    'has 600000000 bytes; 8388608 are read at most',
  ],
  [
    'a legacy pickle of protocols',
    () => legacyObject(repeated([opcodes.proto, 2], 20_000_000)),
    'its pickle is longer than 8388608 bytes',
  ],
  [
    'a first pickle of a megabyte',
    () => concatenate([pickle([opcodes.none]).subarray(0, 2), repeated([opcodes.none, opcodes.pop], 1_000_000)]),
    'its pickle is longer than 65536 bytes',
  ],
  ['integers of no bytes, thrown away', () => thrownAway(opcodes.long1, 0), '1 bytes are asked for'],
  ['integers of one byte, thrown away', () => thrownAway(opcodes.long1, 1, 7), '1 bytes are asked for'],
  [
    'integers of eight bytes, thrown away',
    () => thrownAway(opcodes.long1, 8, 1, 2, 3, 4, 5, 6, 7, 8),
    'its pickle makes more of its',
  ],
  ['empty bytes, thrown away', () => thrownAway(opcodes.shortBinBytes, 0), 'its pickle makes more of its'],
  [
    'a call of os.system',
    () => zipFile(dict({ x: call(global('os', 'system'), text('true')) })),
    'it holds "x" (an object of os.system)',
  ],
  [
    'unknown names by the million',
    () => legacyObject(repeated([...global('', ''), opcodes.pop], tenMillion)),
    'its pickle makes more of its',
  ],
  [
    'long names by the million',
    () =>
      legacyObject(
        concatenate([
          Uint8Array.from([...text('m'.repeat(1024)), ...put(0), opcodes.pop]),
          repeated([...get(0), ...get(0), opcodes.stackGlobal, opcodes.pop], tenMillion),
        ]),
      ),
    'its pickle makes more of its',
  ],
  [
    'a placeholder that is called by the million',
    () =>
      zipObject(
        concatenate([
          Uint8Array.from([...global('a', 'b'), ...put(0)]),
          repeated([opcodes.emptyTuple, opcodes.reduce, opcodes.none, opcodes.append], 8_000_000),
          Uint8Array.from([opcodes.stop]),
        ]),
      ),
    'it holds an object of a.b',
  ],
  [
    'a placeholder that is given states by the million',
    () =>
      zipObject(
        concatenate([
          Uint8Array.from(global('a', 'b')),
          repeated([opcodes.none, opcodes.build], 8_000_000),
          Uint8Array.from([opcodes.stop]),
        ]),
      ),
    'it holds an object of a.b',
  ],
  [
    'records upon each other',
    () =>
      writeZip([
        { name: 'w/data.pkl', content: repeated([1], 1000) },
        ...folders.map((entry) => ({ ...entry, header: 0 })),
      ]),
    'overlaps the one before it',
  ],
  ['a million records that are not there', () => writeZip(folders, { records: 65_534 }), 'are left'],
];

describe('hostile files end in a FormatError, within a second and little memory', () => {
  test.each(files)('%s', { timeout: 60_000 }, (_, make, message) => {
    const bytes = make();
    collectGarbage();
    const before = process.memoryUsage();
    const start = process.cpuUsage();
    expect(() => parseWeights(bytes)).toThrow(FormatError);
    const { user, system } = process.cpuUsage(start);
    const after = process.memoryUsage();
    expect(() => parseWeights(bytes)).toThrow(message);
    expect((user + system) / 1e6).toBeLessThan(patience);
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      fixedBytes + timesTheFile * bytes.length,
    );
  });
});

test('nothing that a file asks for is run', () => {
  const marker = 'hypercorr_was_run';
  const evil = call(global('builtins', 'exec'), text(`${marker} = True`));
  expect(() => parseWeights(zipFile(dict({ x: evil })))).toThrow('it holds "x" (an object of builtins.exec)');
  expect(Object.hasOwn(globalThis, marker)).toBe(false);
});
