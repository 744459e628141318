import { deflateSync, crc32 } from 'node:zlib';
import fc from 'fast-check';

/** Any JSON value, in UTF-8. */
export const anyJson = fc.jsonValue({ maxDepth: 3 });
export const written = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const lines = (list: readonly unknown[]): Uint8Array =>
  new TextEncoder().encode(list.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));

/** Mostly valid values, now and then any value. */
export function mostly<T>(sound: fc.Arbitrary<T>, other: fc.Arbitrary<unknown> = anyJson): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: sound, weight: 30 }, { arbitrary: other, weight: 1 });
}

const fileNames = fc.oneof(
  { arbitrary: fc.stringMatching(/^(in\/)?[a-z]{1,3}\.jpg$/), weight: 20 },
  fc.constantFrom('../a.jpg', '/etc/passwd', 'C:\\a', '.', '', 'a/../../b', 'a\0'),
);
const classNames = fc.constantFrom('cat', 'dog', '__proto__', 'toString', '');
const numbers = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.double({ min: -3, max: 40, noNaN: true }),
  fc.constantFrom(1e9, -1e300, 2 ** 31, 2 ** 53),
);

/** The valid colour types and depths. */
const pngKinds = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
] as const;
const pngSides = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 40 }), weight: 19 },
  fc.constantFrom(0, 16384, 65536, 2 ** 31),
);

/** A PNG of the right form with arbitrary header values. Its data has the size that the header says, or another. */
export const pngFiles: fc.Arbitrary<Uint8Array> = fc
  .record({
    width: pngSides,
    height: pngSides,
    kind: fc.oneof(
      { arbitrary: fc.constantFrom(...pngKinds), weight: 15 },
      fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })),
    ),
    interlace: fc.constantFrom(0, 1),
    palette: fc.uint8Array({ minLength: 3, maxLength: 30 }),
    // Repeated. Each byte may come first in a row, where it names one of five filters.
    content: fc.oneof(
      { arbitrary: fc.uint8Array({ max: 4, minLength: 1, maxLength: 9 }), weight: 9 },
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
    ),
    // An interlaced picture has more rows for the same pixels, and so takes more bytes.
    excess: fc.constantFrom(0, 0, 1, 500, 500),
  })
  .map(({ width, height, kind: [colourType, depth], interlace, palette, content, excess }) => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([depth, colourType, 0, 0, interlace], 8);
    const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colourType] ?? 1;
    const rowBytes = 1 + Math.min(2 ** 12, Math.ceil((width * channels * depth) / 8));
    const data = Buffer.alloc(Math.min(height, 40) * rowBytes + excess, content);
    return Buffer.concat([
      signature,
      chunk('IHDR', header),
      chunk('PLTE', palette.subarray(0, palette.length - (palette.length % 3))),
      chunk('IDAT', deflateSync(data)),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  });

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Segments of real JPEGs in any order, some left out, some repeated, with other sizes in their frames. */
export function jpegFiles(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const segments = files.flatMap(segmentsOf);
  const whole = fc
    .tuple(fc.constantFrom(...files), fc.integer({ min: 1, max: 64 }), fc.constantFrom(1, 16, 24, 65000))
    .map(([file, height, width]) => withFrame(file, width, height));
  return fc.oneof(
    whole,
    fc
      .array(fc.constantFrom(...segments), { maxLength: 12 })
      .map((list) => Buffer.concat([Buffer.from([0xff, 0xd8]), ...list])),
  );
}

/** The segments of a file: a marker, its length and content. The entropy-coded data belongs to the last segment. */
function segmentsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const startOfScan = 0xda;
  const segments: Uint8Array[] = [];
  let at = 2;
  while (at + 4 <= file.length && file[at + 1] !== startOfScan) {
    const end = at + 2 + view.getUint16(at + 2);
    segments.push(file.subarray(at, end));
    at = end;
  }
  return [...segments, file.subarray(at)];
}

function withFrame(file: Uint8Array, width: number, height: number): Uint8Array {
  const changed = Buffer.from(file);
  const frame = changed.findIndex((byte, i) => byte === 0xff && (changed[i + 1] === 0xc0 || changed[i + 1] === 0xc2));
  changed.writeUInt16BE(height, frame + 5);
  changed.writeUInt16BE(width, frame + 7);
  return changed;
}

const rings = fc.array(numbers, { maxLength: 12 });
const soundRings = fc
  .array(fc.nat({ max: 12 }), { minLength: 6, maxLength: 12 })
  .map((ring) => ring.slice(0, ring.length - (ring.length % 2)));
const counts = fc.oneof(
  fc.array(fc.nat({ max: 200 }), { maxLength: 6 }),
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[0-o]{1,8}$/),
  fc.nat({ max: 144 }).map((first) => [first, 144 - first]),
);
const segmentations = fc.oneof(
  { arbitrary: fc.array(soundRings, { maxLength: 3 }), weight: 6 },
  fc.array(rings, { maxLength: 2 }),
  fc.record({ size: fc.constant([12, 12]), counts }),
  anyJson,
);

export const annotationFiles: fc.Arbitrary<Uint8Array> = fc
  .record({
    images: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }).chain((ids) =>
      fc.tuple(
        ...ids.map((id) =>
          mostly(
            fc.record({
              id: fc.constant(id),
              file_name: fileNames,
              width: fc.constantFrom(12, 12, 12, 100_000),
              height: fc.constant(12),
            }),
          ),
        ),
      ),
    ),
    categories: fc.constantFrom(
      [
        { id: 1, name: 'cat' },
        { id: 2, name: 'dog' },
      ],
      [{ id: 1, name: 'cat' }],
      [],
    ),
    annotations: fc.array(
      mostly(
        fc.record({
          image_id: fc.constantFrom(0, 0, 0, 1),
          category_id: fc.constantFrom(1, 1, 1, 2),
          iscrowd: fc.constantFrom(0, 0, 1),
          segmentation: segmentations,
        }),
      ),
      { maxLength: 3 },
    ),
  })
  .map(written);

/** COCO's text of run lengths. Some add up to the picture's size, others do not. */
export function runTexts(pixels: number): fc.Arbitrary<Uint8Array> {
  const sound = fc.uniqueArray(fc.nat({ max: pixels }), { minLength: 1, maxLength: 12 }).map((edges) => {
    const places = [0, ...edges.toSorted((a, b) => a - b), pixels];
    return places.slice(1).map((place, i) => place - (places[i] ?? 0));
  });
  const any = fc.array(fc.integer({ min: -9, max: 2 ** 20 }), { maxLength: 8 });
  return fc.oneof(sound, any).map((lengths) => new TextEncoder().encode(runText(lengths)));
}

/**
 * Writes the difference of each length and the one before the last, in digits to the base 32, the lowest first, as
 * pycocotools does.
 */
function runText(lengths: readonly number[]): string {
  let text = '';
  lengths.forEach((length, i) => {
    let rest = i > 2 ? length - (lengths[i - 2] ?? 0) : length;
    for (let more = true; more;) {
      const digit = rest & 31;
      rest >>= 5;
      more = (digit & 16) === 0 ? rest !== 0 : rest !== -1;
      text += String.fromCharCode(48 + digit + (more ? 32 : 0));
    }
  });
  return text;
}

export const classNameFiles: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    fc.dictionary(classNames, mostly(fc.integer({ min: -1, max: 260 }))),
    fc.dictionary(fc.nat({ max: 300 }).map(String), mostly(fc.string({ maxLength: 4 }))),
    fc.uniqueArray(classNames),
    anyJson,
  )
  .map(written);

export const manifestFiles: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      {
        arbitrary: fc.record(
          {
            image: fileNames,
            mask: fileNames,
            class: mostly(fc.constantFrom('cat', 'dog', '__proto__')),
            index: mostly(fc.integer({ min: 1, max: 3 })),
            split: mostly(fc.constantFrom('train', 'val', 'test')),
          },
          { requiredKeys: ['image', 'mask', 'class'] },
        ),
        weight: 15,
      },
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 3 },
  )
  .map(lines);

export const pascalListFiles: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      { arbitrary: fc.stringMatching(/^20[01]\d_00\d{4}__(0[1-9]|1\d|20)$/), weight: 15 },
      fc.stringMatching(/^[\w./-]{0,6}__\d{1,3}$/),
    ),
    { maxLength: 6 },
  )
  .map(lines);

export const cocoListFiles: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    {
      arbitrary: fc.dictionary(
        mostly(fc.nat({ max: 79 }).map(String), fc.string({ maxLength: 3 })).map(String),
        mostly(fc.uniqueArray(fileNames, { maxLength: 4 })),
      ),
      weight: 9,
    },
    anyJson,
  )
  .map(written);

export const episodeFiles: fc.Arbitrary<Uint8Array> = fc
  .array(
    mostly(
      fc.record({
        class_id: mostly(fc.constantFrom(0, 7)),
        query: mostly(fc.constant('a')),
        supports: mostly(fc.constantFrom(['b'], ['c'], ['b'])),
      }),
    ),
    { maxLength: 3 },
  )
  .map(lines);
