import {
  binaryMask,
  decodeIndices,
  decodeMask,
  drawMask,
  encodeMaskPng,
  encodePng,
  parseClassNames,
  parseCocoAnnotations,
  parseCocoList,
  parseEpisodes,
  parseManifest,
  parsePascalList,
  vocPalette,
  type Dataset,
  type Mask,
  type RgbImage,
} from '@hypercorr/datasets';
import { decodeImage } from '@hypercorr/datasets/node';
import sharp from 'sharp';
import { damaged } from './damage.ts';
import {
  annotationFiles,
  classNameFiles,
  cocoListFiles,
  episodeFiles,
  jpegFiles,
  manifestFiles,
  pascalListFiles,
  pngFiles,
  runTexts,
} from './structured-data.ts';
import type { Reader } from './readers.ts';

const [width, height] = [24, 16];
const image: RgbImage = {
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7) % 251),
};
const mask: Mask = {
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, i) => (i % 5 === 0 ? 255 : i % 4)),
};
const picture = sharp(image.data, { raw: { width, height, channels: 3 } });

/** JPEGs of the kinds that cameras and programs write: baseline, progressive, grey, CMYK, turned. */
const jpegs = await Promise.all([
  picture.clone().jpeg().toBuffer(),
  picture.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  picture.clone().toColourspace('b-w').jpeg().toBuffer(),
  picture.clone().toColourspace('cmyk').jpeg().toBuffer(),
  picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
]);
const pngs = [
  encodePng(image),
  encodeMaskPng(mask),
  encodeMaskPng(mask, { palette: vocPalette() }),
  await picture.clone().png({ adaptiveFiltering: true }).withMetadata({ orientation: 3 }).toBuffer(),
  await picture.clone().png({ progressive: true }).toBuffer(),
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

const samples = ['a', 'b', 'c'].map((name) => ({ name, image: `${name}.jpg`, mask: `${name}.png` }));
const dataset: Dataset = {
  name: 'three',
  root: '.',
  classes: [
    { id: 0, name: 'cat', samples },
    { id: 7, name: 'dog', samples },
  ],
};

/**
 * A pixel has at least 1 bit, one deflated byte becomes at most 1032 bytes of 8 bits, and a pixel becomes three bytes.
 */
const ofPng = { milliseconds: 100, timesTheFile: 3 * 8 * 1032 };
/**
 * See `mostPixelsAByte` in decode-image.ts. libvips works in strips of many rows, in threads of its own: a single row
 * of 65,000 pixels costs it as much as a strip.
 */
const ofJpeg = { milliseconds: 500, timesTheFile: 3 * 512 };
/** Counts the lines of a text and the drawn pixels. */
const ofText = { milliseconds: 100, timesTheFile: 1 };

/** The largest mask that is drawn, in pixels. A larger mask takes the memory of a photograph of its size. */
const drawnPixels = 2 ** 14;

function drawAll(bytes: Uint8Array): number {
  let made = 0;
  for (const { size, regions } of parseCocoAnnotations(bytes, 'a.json').images) {
    if (size === undefined || size.width * size.height > drawnPixels) continue;
    for (const raster of ['coco', 'repri'] as const)
      for (const only of [undefined, 1])
        made += drawMask({ ...size, regions, raster, ...(only !== undefined && { only }) }, 'a.json').data.length;
  }
  return made;
}

const outlines = {
  images: [
    { id: 1, file_name: 'a.jpg', width, height },
    { id: 2, file_name: 'in/b.jpg', width: 9, height: 7 },
  ],
  categories: [
    { id: 3, name: 'cat' },
    { id: 1, name: 'dog' },
  ],
  annotations: [
    {
      id: 1,
      image_id: 1,
      category_id: 3,
      iscrowd: 0,
      segmentation: [
        [1, 1, 20.5, 2, 12, 14.25],
        [3, 3, 9, 3, 9, 9, 3, 9],
      ],
    },
    { id: 2, image_id: 2, category_id: 1, iscrowd: 0, segmentation: { size: [7, 9], counts: [10, 5, 48] } },
    { id: 3, image_id: 2, category_id: 3, iscrowd: 0, segmentation: { size: [7, 9], counts: ':3U1' } },
    { id: 4, image_id: 1, category_id: 1, iscrowd: 1, segmentation: { size: [16, 24], counts: [0, 384] } },
  ],
};

export const dataReaders: readonly Reader[] = [
  {
    name: 'jpeg',
    read: async (bytes) => (await decodeImage(bytes, 'a.jpg')).data.length,
    ...ofJpeg,
    inputs: damaged(jpegs, jpegFiles(jpegs)),
  },
  {
    name: 'png',
    read: async (bytes) => (await decodeImage(bytes, 'a.png')).data.length,
    ...ofPng,
    inputs: damaged(pngs, pngFiles),
  },
  {
    name: 'mask',
    read: (bytes) =>
      binaryMask(decodeMask(bytes, 'a.png'), 'a.png', 'binary').data.length +
      binaryMask(decodeIndices(bytes, 'a.png'), 'a.png', 2).data.length,
    ...ofPng,
    inputs: damaged(pngs, pngFiles),
  },
  { name: 'coco-json', read: drawAll, ...ofText, inputs: damaged([json(outlines)], annotationFiles) },
  {
    name: 'run-lengths',
    read: (bytes) =>
      drawMask(
        {
          width,
          height,
          regions: [{ index: 1, outline: { runs: new TextDecoder('latin1').decode(bytes) } }],
          raster: 'coco',
        },
        'a.json',
      ).data.length,
    ...ofText,
    inputs: damaged([utf8('d<'), utf8('0d<'), utf8('`08H0W;')], runTexts(width * height)),
  },
  {
    name: 'class-names',
    read: (bytes) => parseClassNames(bytes, 'classes.json').size,
    ...ofText,
    inputs: damaged([json({ cat: 1, dog: 2 }), json(['background', 'cat'])], classNameFiles),
  },
  {
    name: 'manifest',
    read: (bytes) => parseManifest(bytes, 'manifest.jsonl').length,
    ...ofText,
    inputs: damaged(
      [
        utf8(
          '{"image":"a.jpg","mask":"a.png","class":"cat","split":"train"}\n{"image":"in/b.jpg","mask":"b.png","class":"dog","index":2}\n',
        ),
      ],
      manifestFiles,
    ),
  },
  {
    name: 'pascal-list',
    read: (bytes) => parsePascalList(bytes, 'fold0.txt').length,
    ...ofText,
    inputs: damaged([utf8('2007_000033__01\n2007_000129__15\r\n')], pascalListFiles),
  },
  {
    name: 'coco-list',
    read: (bytes) => parseCocoList(bytes, 'fold0.json').length,
    ...ofText,
    inputs: damaged([json({ 0: ['val2014/a.jpg', 'val2014/b.jpg'], 79: [] })], cocoListFiles),
  },
  {
    name: 'episodes',
    read: (bytes) => parseEpisodes(bytes, dataset, 'episodes.jsonl').length,
    ...ofText,
    inputs: damaged(
      [
        utf8(
          '{"class_id": 0, "query": "a", "supports": ["b", "c"]}\n{"class_id": 7, "query": "b", "supports": ["c", "c"]}\n',
        ),
      ],
      episodeFiles,
    ),
  },
];
