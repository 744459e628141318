import { decodeMask, type Mask, type RgbImage } from '@hypercorr/datasets';
import { drawMask } from '../../../../packages/datasets/src/coco/drawn-mask.ts';
import { parseCocoAnnotations } from '../../../../packages/datasets/src/coco/annotations.ts';
import { maskObjects } from '@hypercorr/vision/objects';
import { decode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsOf, type FormatName, type FormattedQuery } from '../../src/commands/predict/formats/index.ts';
import { namesWithin } from '../../src/commands/predict/output-names.ts';

const classes = ['cat', 'big dog'];

function queryOf(mask: Mask, file = '/data/photos/a.jpg'): FormattedQuery {
  const { width, height } = mask;
  const image: RgbImage = { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => i % 251) };
  const pixels = (index: number) => mask.data.filter((value) => value === index).length;
  return {
    file,
    name: 'a',
    image,
    found: {
      width,
      height,
      mask,
      classes: classes.map((name, i) => ({
        name,
        index: i + 1,
        pixels: pixels(i + 1),
        found: true,
        score: 0.5 + i / 4,
      })),
      probabilities: new Map(),
    },
    objects: maskObjects(mask),
  };
}

/** The files of a query in a form, and those at the end. */
async function written(
  format: FormatName,
  ...queries: readonly FormattedQuery[]
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const [form] = formatsOf([format], {
    classes,
    parts: new Map([
      ['cat', 'cat'],
      ['big dog', 'big_dog'],
    ]),
    out: '/data/out',
    nameOf: (file) => file.replace('/data/photos/', ''),
  });
  const files = [];
  for (const query of queries) files.push(...((await form?.query(query)) ?? []));
  return new Map([...files, ...(form?.end?.() ?? [])].map(({ name, content }) => [name, content]));
}

const jsonOf = (content: string | Uint8Array | undefined): unknown => JSON.parse(String(content));

const masks = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc
      .array(fc.nat(2), { minLength: width * height, maxLength: width * height })
      .map((pixels): Mask => ({ width, height, data: Uint8Array.from(pixels) })),
  );

/** A ring of 1 with a hole, and a square of 2 in it. */
const ring: Mask = {
  width: 7,
  height: 5,
  data: Uint8Array.from('1111111100000110202011000001111111 1'.replace(/ /g, ''), Number),
};

describe('coco', () => {
  it("is drawn to the same pixels by COCO's rules, each class by its own annotations", async () => {
    await fc.assert(
      fc.asyncProperty(masks, async (mask) => {
        const files = await written('coco', queryOf(mask));
        const bytes = new TextEncoder().encode(String(files.get('coco.json')));
        const { images } = parseCocoAnnotations(bytes, 'coco.json');
        const regions = images[0]?.regions ?? [];
        const drawn = drawMask({ width: mask.width, height: mask.height, regions, raster: 'coco' }, 'coco.json');
        expect([...drawn.data]).toEqual([...mask.data]);
      }),
      // An object of one pixel in the corner was taken for corners that are shares of the size.
      {
        numRuns: 200,
        examples: [[{ width: 5, height: 7, data: Uint8Array.from({ length: 35 }, (_, i) => Number(i === 0)) }]],
      },
    );
  });

  it('names files, boxes, areas and scores', async () => {
    const files = await written('coco', queryOf(ring), queryOf(ring, '/data/photos/sub/b.jpg'));
    expect([...files.keys()]).toEqual(['coco.json']);
    const json = jsonOf(files.get('coco.json')) as {
      images: object[];
      annotations: { id: number; segmentation: object }[];
    };
    expect(json.images.map((image) => Object.values(image))).toEqual([
      [1, 'a.jpg', 7, 5],
      [2, 'sub/b.jpg', 7, 5],
    ]);
    expect(json.annotations.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(json.annotations[0]).toMatchObject({
      image_id: 1,
      category_id: 1,
      bbox: [0, 0, 7, 5],
      iscrowd: 0,
      score: 0.5,
    });
    // A hole: runs of pixels.
    expect(json.annotations[0]?.segmentation).toMatchObject({ size: [5, 7] });
    expect(Array.isArray(json.annotations[1]?.segmentation)).toBe(true);
  });
});

describe('yolo', () => {
  it('has a line for each object whose ring, holes joined by cuts, encloses its pixels', async () => {
    await fc.assert(
      fc.asyncProperty(masks, async (mask) => {
        const { width, height } = mask;
        const query = queryOf(mask);
        const lines = String((await written('yolo', query)).get('a.txt'))
          .split('\n')
          .slice(0, -1);
        expect(lines).toHaveLength(query.objects.length);
        const drawn = new Uint8Array(width * height);
        for (const line of lines) {
          const [cls = -1, ...shares] = line.split(' ').map(Number);
          const corners = shares.map((share, i) => share * (i % 2 === 0 ? width : height));
          expect(Math.max(...shares)).toBeLessThanOrEqual(1);
          for (let at = 0; at < drawn.length; at += 1)
            if (encloses(corners, (at % width) + 0.5, Math.floor(at / width) + 0.5)) drawn[at] = cls + 1;
        }
        expect([...drawn]).toEqual([...mask.data]);
      }),
    );
  });

  it('names the classes in data.yaml', async () => {
    expect((await written('yolo')).get('data.yaml')).toBe('names:\n  0: "cat"\n  1: "big dog"\n');
  });
});

/** Whether an odd number of edges of a ring x, y, x, y, … lies at the right of a place. */
function encloses(ring: readonly number[], x: number, y: number): boolean {
  let crossings = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const [ax = 0, ay = 0, bx = ring[0] ?? 0, by = ring[1] ?? 0] = ring.slice(i, i + 4);
    if (ay > y !== by > y && ax + ((y - ay) / (by - ay)) * (bx - ax) > x) crossings += 1;
  }
  return crossings % 2 === 1;
}

describe('labelme', () => {
  it('has polygons, and masks for objects with holes, under the name of the photograph', async () => {
    const json = jsonOf((await written('labelme', queryOf(ring))).get('a.json')) as {
      readonly imagePath: string;
      readonly imageHeight: number;
      readonly shapes: readonly { label: string; shape_type: string; points: number[][]; mask: string | null }[];
    };
    expect([json.imagePath, json.imageHeight]).toEqual(['../photos/a.jpg', 5]);
    expect(json.shapes.map(({ label, shape_type }) => [label, shape_type])).toEqual([
      ['cat', 'mask'],
      ['big dog', 'polygon'],
      ['big dog', 'polygon'],
    ]);
    const [first, second] = json.shapes;
    expect(first?.points).toEqual([
      [0, 0],
      [6, 4],
    ]);
    const { mask } = decodeMask(Buffer.from(first?.mask ?? '', 'base64'), 'mask');
    expect([...mask.data]).toEqual([...ring.data].map((value) => Number(value === 1)));
    expect(second?.points).toHaveLength(4);
  });
});

it('polygons have holes, boxes and scores', async () => {
  const json = jsonOf((await written('polygons', queryOf(ring))).get('a.polygons.json')) as { objects: object[] };
  expect(json.objects[0]).toMatchObject({ class: 'cat', score: 0.5, box: [0, 0, 7, 5], holes: [expect.any(Array)] });
  expect(json.objects[1]).toMatchObject({ class: 'big dog', score: 0.75, area: 1, holes: [] });
});

it('cut-outs are transparent where the class is not; each class has its own', async () => {
  const query = queryOf(ring);
  const files = await written('cutout', query);
  expect([...files.keys()]).toEqual(['a.cat.cutout.png', 'a.big_dog.cutout.png']);
  const { data, channels } = decode(files.get('a.cat.cutout.png') as Uint8Array);
  expect(channels).toBe(4);
  ring.data.forEach((value, i) => {
    expect([...data.slice(4 * i, 4 * i + 4)]).toEqual([
      ...query.image.data.slice(3 * i, 3 * i + 3),
      value === 1 ? 255 : 0,
    ]);
  });
});

it('names are those within the folder that files have in common', () => {
  const names = (...files: readonly string[]) => files.map(namesWithin(files));
  expect(names('/a/b/1.jpg', '/a/b/2.jpg')).toEqual(['1.jpg', '2.jpg']);
  expect(names('/a/b/1.jpg', '/a/bc/1.jpg', '/a/b/c/1.jpg')).toEqual(['b/1.jpg', 'bc/1.jpg', 'b/c/1.jpg']);
  expect(names('/1.jpg', '/a/1.jpg')).toEqual(['1.jpg', 'a/1.jpg']);
});
