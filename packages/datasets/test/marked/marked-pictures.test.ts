import { describe, expect, it, test } from 'vitest';
import { encodeMaskPng, type Mask } from '../../src/index.ts';
import { encodeJpeg, findMarkedPictures, readMarkedPicture, type MarkedPicture } from '../../src/node.ts';
import { alphaPng, squareOf } from '../support/cut-outs.ts';
import { testFolder } from '../support/folder.ts';
import { halfMask, photograph } from '../support/pictures.ts';

const folder = testFolder();
const [width, height] = [12, 8];
const jpeg = () => encodeJpeg(photograph(width, height), 90);

async function readAll(root: string, label?: string): Promise<readonly MarkedPicture[]> {
  return Promise.all((await findMarkedPictures(root, label)).map((file) => readMarkedPicture(file)));
}

const countOf = ({ data }: Mask): number => data.filter((value) => value === 1).length;

/** A file of LabelMe's, for a photograph of the size of the others. */
function labelMe(shapes: readonly object[], more: object = {}): string {
  return JSON.stringify({
    version: '5.2.1',
    shapes,
    imagePath: '1.jpg',
    imageHeight: height,
    imageWidth: width,
    ...more,
  });
}

const box = (label: string, points: readonly (readonly [number, number])[], kind = 'rectangle') => ({
  label,
  points,
  shape_type: kind,
});

describe('findMarkedPictures', () => {
  it('pairs photographs with masks of their names; a black mask says that nothing is there', async () => {
    await folder.write('1.jpg', await jpeg());
    await folder.write('1.png', encodeMaskPng(halfMask(width, height)));
    await folder.write('2.jpg', await jpeg());
    await folder.write('2.png', encodeMaskPng(halfMask(width, height, 0)));
    const [first, second] = await readAll(folder.path(''));
    expect(first && [first.name, countOf(first.mask)]).toEqual([folder.path('1.jpg'), (width / 2) * height]);
    expect(second && countOf(second.mask)).toBe(0);
  });

  it('takes images and masks in folders of their own', async () => {
    await folder.write('images/a.jpg', await jpeg());
    await folder.write('masks/a.png', encodeMaskPng(halfMask(width, height)));
    expect((await readAll(folder.path(''))).map(({ mask }) => countOf(mask))).toEqual([(width / 2) * height]);
  });

  it('takes what is not transparent for the object', async () => {
    await folder.write('1.png', await alphaPng(squareOf([200, 30, 30], 6)));
    const [{ image, mask } = expect.fail('there is no picture')] = await readAll(folder.path(''));
    expect([image.width, mask.width, countOf(mask)]).toEqual([12, 12, 36]);
    // Transparent pixels are white.
    expect([...image.data.slice(0, 3)]).toEqual([255, 255, 255]);
  });

  it('reads LabelMe’s polygons, rectangles and circles of a label', async () => {
    await folder.write('1.jpg', await jpeg());
    const shapes = [
      box('mill', [
        [0, 0],
        [4, 4],
      ]),
      box(
        'mill',
        [
          [6, 0],
          [10, 0],
          [10, 4],
          [6, 4],
        ],
        'polygon',
      ),
      box('tree', [
        [0, 4],
        [12, 8],
      ]),
      box('mill', [[1, 1]], 'point'),
    ];
    await folder.write('1.json', labelMe(shapes));
    expect((await readAll(folder.path(''), 'mill')).map(({ mask }) => countOf(mask))).toEqual([32]);
    expect((await readAll(folder.path(''), 'tree')).map(({ mask }) => countOf(mask))).toEqual([48]);
    await folder.write(
      '1.json',
      labelMe([
        box(
          'mill',
          [
            [6, 4],
            [9, 4],
          ],
          'circle',
        ),
      ]),
    );
    const [{ mask } = expect.fail('there is no picture')] = await readAll(folder.path(''));
    expect(Math.abs(countOf(mask) - Math.PI * 9)).toBeLessThan(4);
  });

  it('finds a photograph that was renamed, and takes a file without shapes for a picture without the object', async () => {
    await folder.write('new.webp', await jpeg());
    await folder.write('2.jpg', await jpeg());
    await folder.write(
      'new.json',
      labelMe(
        [
          box('mill', [
            [0, 0],
            [4, 4],
          ]),
        ],
        { imagePath: 'C:\\photos\\old.jpg' },
      ),
    );
    await folder.write('2.json', labelMe([], { imagePath: '2.jpg' }));
    expect((await readAll(folder.path(''))).map(({ name, mask }) => [name, countOf(mask)])).toEqual([
      [folder.path('2.jpg'), 0],
      [folder.path('new.webp'), 16],
    ]);
  });

  it('finds a photograph whose name is spelt otherwise', async () => {
    const shape = box('mu\u0308hle', [
      [0, 0],
      [4, 4],
    ]);
    await folder.write('e\u0301.jpg', await jpeg());
    await folder.write('1.json', labelMe([shape], { imagePath: 'photos/%C3%A9.jpg' }));
    const found = await findMarkedPictures(folder.path(''), 'm\u00fchle');
    expect(found.map(({ image }) => image)).toEqual([folder.path('e\u0301.jpg')]);
  });

  it('reads an export of CVAT with its brush masks, and refuses several files of annotations', async () => {
    await folder.write('images/default/a.jpg', await jpeg());
    const json = JSON.stringify({
      images: [{ id: 1, file_name: 'a.jpg', width, height }],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, iscrowd: 1, segmentation: { counts: [0, 3, width * height - 3] } },
      ],
      categories: [{ id: 1, name: 'mill' }],
    });
    await folder.write('annotations/instances_default.json', json);
    const found = await findMarkedPictures(folder.path(''), undefined, { crowds: 'objects' });
    expect(await Promise.all(found.map(async (file) => countOf((await readMarkedPicture(file)).mask)))).toEqual([3]);
    await expect(findMarkedPictures(folder.path(''))).rejects.toThrow('1 of 1 annotations are crowds');
    await folder.write('b.json', json);
    await folder.write('c.json', json);
    await expect(findMarkedPictures(folder.path(''))).rejects.toThrow(
      'holds several JSON files of annotations, b.json, c.json; leave one of them',
    );
  });

  it('reads COCO’s annotations of a category', async () => {
    await folder.write('photos/a.jpg', await jpeg());
    const annotations = [
      [0, 0, 4, 0, 4, 4, 0, 4],
      [0, 0, 12, 0, 12, 8, 0, 8],
    ].map((ring, i) => ({
      id: i + 1,
      image_id: 1,
      category_id: i + 1,
      segmentation: [ring],
      iscrowd: 0,
    }));
    const images = [{ id: 1, file_name: 'photos/a.jpg', width, height }];
    const categories = ['mill', 'sky'].map((name, i) => ({ id: i + 1, name }));
    await folder.write('coco.json', JSON.stringify({ images, annotations, categories }));
    expect((await readAll(folder.path(''), 'sky')).map(({ mask }) => countOf(mask))).toEqual([width * height]);
    await expect(findMarkedPictures(folder.path(''))).rejects.toThrow('outlines several kinds of objects (mill, sky)');
  });
});

test.each([
  [
    {
      shapes: [
        box('a', [
          [0, 0],
          [4, 4],
        ]),
        box('b', [
          [0, 0],
          [4, 4],
        ]),
      ],
    },
    undefined,
    'several kinds of objects (a, b); choose one',
  ],
  [
    {
      shapes: [
        box('a', [
          [0, 0],
          [4, 4],
        ]),
      ],
    },
    'c',
    'outlines nothing called c; it has a',
  ],
  [{ shapes: [] }, undefined, 'outlines nothing'],
  [{ shapes: [{ points: [] }] }, undefined, 'shape 1 has no label'],
  [{ shapes: [box('a', [[0, 0]], 'blob')] }, undefined, 'shape 1 is a "blob"; draw it as a polygon'],
  [
    { shapes: [{ ...box('a', []), points: [[1, 'x']] }] },
    undefined,
    'shape 1 has corners that are no pairs of numbers',
  ],
  [{ shapes: [], imageWidth: 0 }, undefined, 'imageWidth is 0, and should be a whole number of pixels'],
  [{ shapes: [], imagePath: 7 }, undefined, 'imagePath is 7'],
  [
    {
      shapes: [
        box('a', [
          [0, 0],
          [4, 4],
        ]),
      ],
      imagePath: 'gone.jpg',
    },
    undefined,
    'its photograph gone.jpg is not in',
  ],
])('refuses %j', async (json, label, message) => {
  await folder.write('x.json', labelMe([], json));
  await expect(readAll(folder.path(''), label)).rejects.toThrow(message);
});

test('a picture with alpha that cuts nothing out', async () => {
  const { width: side, height: tall, data } = squareOf([1, 2, 3], 6);
  await folder.write(
    '1.png',
    await alphaPng({ width: side, height: tall, data: data.map((v, i) => (i % 4 === 3 ? 255 : v)) }),
  );
  await expect(readAll(folder.path(''))).rejects.toThrow('1.png has no alpha');
});

test('a photograph without its mask', async () => {
  for (const name of ['1', '2']) await folder.write(`images/${name}.jpg`, await jpeg());
  await folder.write('masks/1.png', encodeMaskPng(halfMask(width, height)));
  await expect(findMarkedPictures(folder.path(''))).rejects.toThrow('there is no mask 2.png for this photograph');
});

test('a label where nothing has one', async () => {
  await folder.write('1.jpg', await jpeg());
  await expect(findMarkedPictures(folder.path(''), 'mill')).rejects.toThrow('has no outlines with labels');
});

test('a photograph of another size than its outlines', async () => {
  await folder.write('1.jpg', await jpeg());
  await folder.write(
    '1.json',
    labelMe(
      [
        box('a', [
          [0, 0],
          [4, 4],
        ]),
      ],
      { imageWidth: 24 },
    ),
  );
  await expect(readAll(folder.path(''))).rejects.toThrow('is 24×8, and its photograph');
});
