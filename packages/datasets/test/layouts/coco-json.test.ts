import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pascalClasses, type Dataset } from '../../src/index.ts';
import { checkDataset, openDataset, readMask, readSample, showsClass, type CrowdReading } from '../../src/node.ts';
import { jpeg } from '../support/benchmarks.ts';
import { categories, columns, images, json, object } from '../support/coco-json.ts';
import { testFolder } from '../support/folder.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const folder = testFolder();
/** Without the folder's path. */
const inside = (text: string): string => text.replaceAll(`${folder.path('')}/`, '').replaceAll(folder.path(''), '');

/** The first row of the masks of each class, by photograph. */
async function rows({ classes }: Dataset): Promise<Record<string, Record<string, readonly number[]>>> {
  const table: Record<string, Record<string, readonly number[]>> = {};
  for (const { name, samples } of classes) {
    const ofClass: Record<string, readonly number[]> = {};
    for (const sample of samples)
      ofClass[inside(sample.image)] = [...(await readSample(sample)).mask.data.subarray(0, 4)];
    table[name] = ofClass;
  }
  return table;
}

const open = (crowds?: CrowdReading, root = folder.path('')): Promise<Dataset> =>
  openDataset({ layout: 'coco-json', root, crowds });

const faultsOf = async (root = folder.path('')): Promise<string[]> =>
  (await checkDataset({ layout: 'coco-json', root })).faults
    .filter(({ kind }) => kind !== 'few-images')
    .map(({ severity, kind, file, message }) => inside(`${severity} ${kind} ${file}: ${message}`));

const writePhotographs = async (names: readonly string[]): Promise<void> => {
  for (const name of names) await folder.write(name, await jpeg(4, 2));
};

describe('masks', () => {
  it('are drawn, photographs beside the JSON or in images', async () => {
    await writePhotographs(['images/a.jpg', 'images/b.jpg']);
    await folder.write(
      'annotations/mine.json',
      json([
        object('x', 9, [
          [0, 0, 1, 0, 1, 2, 0, 2],
          [3, 0, 4, 0, 4, 2, 3, 2],
        ]),
        object('x', 3, { size: [2, 4], counts: '224' }),
        object('y', 3, columns(0, 2)),
        object('y', 9, []),
        object('z', 3, columns(0, 2)),
      ]),
    );
    const dataset = await open();
    expect(dataset.classes.map(({ id, name }) => [id, name])).toEqual([
      [0, 'cat'],
      [1, 'dog'],
    ]);
    expect(await rows(dataset)).toEqual({
      cat: { 'images/a.jpg': [0, 1, 0, 0], 'images/b.jpg': [1, 1, 0, 0] },
      dog: { 'images/a.jpg': [1, 0, 0, 1] },
    });
    expect(await faultsOf()).toEqual([
      'error missing-image images/c.jpg: mine.json names this photograph, and it is missing; looked in annotations, , images',
      'warning ignored annotations/mine.json: 1 of 5 annotations outline nothing (boxes alone, or fewer than three corners) and are ignored',
    ]);
    expect(dataset.leftOut).toHaveLength(2);
  });

  it('of a class are the union of its own objects, whatever other classes cover', async () => {
    await writePhotographs(['a.jpg', 'b.jpg']);
    await folder.write(
      'a.json',
      json([
        object('x', 3, columns(0, 1)),
        object('x', 3, columns(2, 1)),
        object('x', 9, columns(0, 4)),
        object('y', 3, columns(1, 2)),
        object('y', 9, columns(2, 2)),
      ]),
    );
    expect(await rows(await open())).toEqual({
      cat: { 'a.jpg': [1, 0, 1, 0], 'b.jpg': [0, 1, 1, 0] },
      dog: { 'a.jpg': [1, 1, 1, 1], 'b.jpg': [0, 0, 1, 1] },
    });
  });

  it('may have any number of categories', async () => {
    await writePhotographs(['a.jpg']);
    const many = Array.from({ length: 400 }, (_, id) => ({ id, name: `class ${id}` }));
    await folder.write(
      'a.json',
      json([object('x', 399, columns(1, 1)), object('x', 0, columns(0, 3))], { categories: many }),
    );
    expect(await rows(await open())).toEqual({
      'class 0': { 'a.jpg': [1, 1, 1, 0] },
      'class 399': { 'a.jpg': [0, 1, 0, 0] },
    });
  });

  it('show crowds as void, or as objects', async () => {
    await writePhotographs(['a.jpg', 'b.jpg']);
    await folder.write(
      'a.json',
      json([
        object('x', 3, columns(0, 2)),
        object('x', 3, columns(1, 2), { iscrowd: 1 }),
        object('y', 9, columns(0, 2), { iscrowd: 1 }),
      ]),
    );
    const dataset = await open();
    expect(await rows(dataset)).toEqual({ cat: { 'a.jpg': [1, 1, 255, 0] } });
    expect(dataset.leftOut?.map(({ count }) => count)).toEqual([2]);
    const { classes, leftOut } = await open('objects');
    expect(leftOut).toBeUndefined();
    expect(await rows(await open('objects'))).toEqual({
      cat: { 'a.jpg': [1, 1, 1, 0] },
      dog: { 'b.jpg': [1, 1, 0, 0] },
    });
    // A photograph with a crowd shows its class, even if it is no sample of it.
    const dog = classes[1];
    const sample = dataset.classes[0]?.samples[0];
    if (dog === undefined || sample?.drawn === undefined) throw new Error('not opened');
    const crowdOfDogs = {
      ...sample.drawn,
      regions: [...sample.drawn.regions, { index: 3, outline: { polygons: [] }, crowd: true }],
    };
    expect(await showsClass()({ ...sample, drawn: crowdOfDogs }, dog)).toBe(true);
    expect(await showsClass()(sample, dog)).toBe(false);
    expect(await faultsOf()).toEqual([
      "warning ignored a.json: 2 of 3 annotations are crowds, whose pixels are void; CVAT writes brush masks so; to take them for objects, set crowds to 'objects' (--crowds objects)",
    ]);
    await expect(openDataset({ layout: 'folder', root: folder.path(''), crowds: 'void' })).rejects.toThrow(
      'crowds are an option of the layout coco-json; this one is folder',
    );
  });

  it.each([
    [
      'pairs',
      [
        [0, 0],
        [2, 0],
        [2, 2],
        [0, 2],
      ],
    ],
    [
      'lists of pairs',
      [
        [
          [0, 0],
          [2, 0],
          [2, 2],
          [0, 2],
        ],
      ],
    ],
  ])('are drawn from polygons of %s', async (_, segmentation) => {
    await writePhotographs(['a.jpg']);
    await folder.write('a.json', json([object('x', 3, segmentation)]));
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [1, 1, 0, 0] } });
  });

  it('are drawn from runs in a list', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write('a.json', json([object('x', 3, [columns(1, 2)])]));
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [0, 1, 1, 0] } });
  });
});

describe('entries', () => {
  const form = 'a segmentation is a list of polygons, [[x, y, x, y, …], …], or {"size": [height, width], "counts"}';

  it.each([
    [
      'an orphan',
      [object('w', 9, columns(0, 1))],
      'warning ignored a.json, annotation 2: there is no such image_id: "w"',
    ],
    [
      'no category',
      [object('x', 1, [], { id: 44 })],
      'error annotation a.json, annotation 44: there is no such category_id: 1',
    ],
    ['no image_id', [{ category_id: 9 }], 'warning ignored a.json, annotation 2: an annotation needs image_id'],
    ['no object', [7], 'error annotation a.json, annotation 2: an annotation should be an object; got 7'],
    [
      'an odd polygon',
      [object('y', 9, [[1, 2, 3]])],
      `error annotation a.json, annotation 2: ${form}; a polygon has as many x as y; got 3 numbers: [1,2,3]`,
    ],
    [
      'words',
      [object('y', 9, [['a', 'b']])],
      `error annotation a.json, annotation 2: ${form}; a polygon must be a list of numbers, x before y; got ["a","b"]`,
    ],
    [
      'a flat polygon',
      [object('y', 9, [1, 1, 2, 1, 2, 2])],
      `error annotation a.json, annotation 2: ${form}; this one is a polygon without the list around it: [1,1,2,1,2,2]`,
    ],
    [
      'a list too many',
      [object('y', 9, [[[1, 1, 2, 1, 2, 2]]])],
      `error annotation a.json, annotation 2: ${form}; this one has a list too many around its polygons: [[[1,1,2,1,2,2]]]`,
    ],
    [
      'runs in a list of two',
      [object('y', 9, [columns(0, 1), columns(1, 1)])],
      `error annotation a.json, annotation 2: ${form}; a polygon must be a list of numbers, x before y; got {"size":[2,4],"counts":[0,2,6]}`,
    ],
    [
      'shares',
      [object('y', 9, [[0, 0, 0.5, 0, 0.5, 1]])],
      'error annotation a.json, annotation 2: corners are in pixels; these are from 0 to 1, as if they were shares of the size: [0,0,0.5,0,0.5,1]',
    ],
    [
      'odd runs',
      [object('y', 9, { counts: [1, 'a'] })],
      `error annotation a.json, annotation 2: ${form}; got {"counts":[1,"a"]}`,
    ],
  ])('that cannot be used are skipped: %s', async (_, more, fault) => {
    await writePhotographs(['a.jpg', 'b.jpg']);
    await folder.write('a.json', json([object('x', 3, columns(0, 2)), ...more]));
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [1, 1, 0, 0] } });
    expect(await faultsOf()).toEqual([fault]);
  });

  it('that cannot be read leave out their photograph for their class alone', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write(
      'a.json',
      json([object('x', 3, columns(0, 2)), object('x', 3, 'none'), object('x', 9, columns(1, 2))]),
    );
    expect(await rows(await open())).toEqual({ dog: { 'a.jpg': [0, 1, 1, 0] } });
  });

  it('of images and categories are skipped, and all are told', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write(
      'a.json',
      json([object('x', 3, columns(0, 2)), object('t', 3, columns(0, 1)), object('x', 1, columns(0, 1))], {
        images: [
          images[0],
          { id: 't', file_name: 'p.jpg' },
          { id: 't', file_name: 'q.jpg' },
          { id: 'u' },
          { file_name: 'a.jpg' },
          7,
        ],
        categories: [...categories, { id: 1 }, { name: 'rat' }],
      }),
    );
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [1, 1, 0, 0] } });
    expect(await faultsOf()).toEqual([
      'error annotation a.json, category 4: a category needs a name; got {"id":1}',
      'error annotation a.json, category 5: a category needs an id, a number or text; got {"name":"rat"}',
      'error annotation a.json, image 3: two images have the id "t", so that neither can be used',
      'error annotation a.json, image 4: an image needs a file_name; got nothing',
      'error annotation a.json, image 5: an image needs an id, a number or text; got {"file_name":"a.jpg"}',
      'error annotation a.json, image 6: an image needs an id, a number or text; got 7',
    ]);
  });

  it('may have texts for ids, and numbers for names', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write(
      'a.json',
      json([object('1', '2', columns(0, 2))], {
        images: [{ ...images[0], id: 1 }],
        categories: [{ id: 2, name: 7 }],
      }),
    );
    expect(await rows(await open())).toEqual({ 7: { 'a.jpg': [1, 1, 0, 0] } });
  });

  it('take the size of their photograph where they have none', async () => {
    await writePhotographs(['a.jpg', 'b.jpg']);
    await folder.write('c.jpg', 'nothing');
    const { size: _, ...noSize } = columns(0, 2);
    await folder.write(
      'a.json',
      json([object('x', 3, noSize), object('y', 3, noSize), object('z', 3, noSize)], {
        images: images.map(({ id, file_name }, i) => ({ id, file_name, ...(i === 1 && { width: 0, height: '2' }) })),
      }),
    );
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [1, 1, 0, 0], 'b.jpg': [1, 1, 0, 0] } });
    expect(await faultsOf()).toEqual([expect.stringMatching(/^error image c.jpg: c.jpg is not a JPEG, PNG or WebP/)]);
  });

  it('of one photograph are one image', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write(
      'a.json',
      json([object('x', 3, columns(0, 1)), object('y', 3, columns(3, 1))], {
        images: [images[0], { ...images[1], file_name: './a.jpg' }],
      }),
    );
    expect(await rows(await open())).toEqual({ cat: { 'a.jpg': [1, 0, 0, 1] } });
  });

  it('of categories that share a name are one class', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write(
      'a.json',
      json([object('x', 0, columns(0, 1)), object('x', 1, columns(3, 1))], {
        categories: [
          { id: 0, name: 'caf\u00e9' },
          { id: 1, name: 'cafe\u0301' },
        ],
      }),
    );
    expect(await rows(await open())).toEqual({ café: { 'a.jpg': [1, 0, 0, 1] } });
    expect(await faultsOf()).toEqual([
      'warning stray a.json: the categories 0 and 1 are both called "café"; they are one class',
    ]);
  });

  it.each([
    ['{}', "should have a list of images, as COCO's instances do; got nothing"],
    ['[]', 'got nothing; it is a list, as COCO has for results'],
    ['{"shapes": []}', "got nothing; it is a file of LabelMe's program"],
    [
      json([]).replace('"x"', '3791411052119578630'),
      'image 1: its id is about 3791411052119578600; numbers from 2^53 on are not told apart.',
    ],
    [
      json([], {
        categories: [
          { id: 1, name: 'a' },
          { id: 1, name: 'b' },
        ],
      }),
      'category 1 has two names, one of them "b"',
    ],
    [json([{ image_id: 'x', segments_info: [] }]), "has COCO's panoptic form"],
  ])('are refused: %s', async (text, message) => {
    await folder.write('a.json', text);
    await expect(open()).rejects.toThrow(message);
  });
});

describe('nothing that can be used', () => {
  it.each([
    [
      'crowds',
      [object('x', 3, columns(0, 2), { iscrowd: 1 })],
      'no object of a.json can be used. 1 of 1 annotations are crowds; CVAT writes brush masks so',
    ],
    [
      'boxes',
      [object('x', 3, [], { bbox: [0, 0, 2, 2] }), object('x', 3, [[0, 0, 2, 2]])],
      'no object of a.json can be used. 2 of 2 annotations outline nothing: boxes alone',
    ],
    ['no annotations', [], 'a.json has no annotations'],
    [
      'odd forms',
      [object('x', 3, 'all')],
      'no object of a.json can be used. 1 entries cannot be used; the first: a.json, annotation 1: a segmentation is a list',
    ],
    [
      'no photographs',
      [object('y', 3, columns(0, 2))],
      'no object of a.json can be used. no photograph is there; looked in , ',
    ],
  ])('is an error, with the reason: %s', async (_, annotations, reason) => {
    await writePhotographs(['a.jpg']);
    await folder.write('a.json', json(annotations));
    const [fault] = await faultsOf();
    expect(fault).toContain(`error nothing : ${reason}`);
    await expect(open().catch((error: Error) => Promise.reject(new Error(inside(error.message))))).rejects.toThrow(
      reason,
    );
  });
});

it.skipIf(!hasSharedData)(`real annotations agree with VOC's masks of the same photographs${skipReason}`, async () => {
  const { classes } = await openDataset({ layout: 'coco-json', root: sharedData('coco-sample') });
  expect(classes.map(({ name }) => name)).toEqual(['bottle', 'bus', 'car', 'chair', 'person', 'sofa']);
  for (const { name, samples } of classes) {
    for (const sample of samples) {
      const { mask } = await readSample(sample);
      const png = sharedData(`voc-sample/VOC2012/SegmentationClassAug/${basename(sample.image, '.jpg')}.png`);
      const voc = await readMask(png, pascalClasses.findIndex((each) => each === name) + 1);
      let [intersection, union] = [0, 0];
      voc.mask.data.forEach((index, i) => {
        if (index === 255) return;
        intersection += index === 1 && mask.data[i] === 1 ? 1 : 0;
        union += index === 1 || mask.data[i] === 1 ? 1 : 0;
      });
      expect(intersection / union, `${name} in ${sample.image}`).toBeGreaterThan(0.9);
    }
  }
});
