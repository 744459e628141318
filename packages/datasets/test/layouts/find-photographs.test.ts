import { describe, expect, it } from 'vitest';
import { sampleName } from '../../src/index.ts';
import { checkDataset, openDataset } from '../../src/node.ts';
import { jpeg } from '../support/benchmarks.ts';
import { columns, images, json, object } from '../support/coco-json.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();
/** Without the folder's path. */
const inside = (text: string): string => text.replaceAll(`${folder.path('')}/`, '');

const open = (root = folder.path('')) => openDataset({ layout: 'coco-json', root });

/** The photographs of each class. */
const photographsOf = async (root?: string): Promise<Record<string, readonly string[]>> => {
  const { classes } = await open(root);
  return Object.fromEntries(classes.map(({ name, samples }) => [name, samples.map(({ image }) => inside(image))]));
};

const writePhotographs = async (names: readonly string[]): Promise<void> => {
  for (const name of names) await folder.write(name, await jpeg(4, 2));
};

describe('photographs', () => {
  it('are called as the JSON calls them, and looked for where most of them are', async () => {
    await writePhotographs(['images/b.jpg']);
    const file = await folder.write(
      'annotations/mine.json',
      json([object('x', 9, { counts: [0, 8] }), object('y', 9, { counts: [0, 8] })]),
    );
    const dataset = await open(file);
    expect(
      dataset.classes.map(({ samples }) =>
        samples.map((sample) => [sampleName(dataset, sample), inside(sample.image)]),
      ),
    ).toEqual([[['b.jpg', 'images/b.jpg']]]);
  });

  it.each([
    ['annotations/instances_val2017.json', 'val2017/a.jpg', 'a.jpg'],
    ['annotations/instances_val2017.json', 'images/val/a.jpg', 'a.jpg'],
    ['annotations/instances_default.json', 'images/default/a.jpg', 'a.jpg'],
    ['labels.json', 'data/a.jpg', 'a.jpg'],
    ['train/_annotations.coco.json', 'train/a.jpg', 'a.jpg'],
    ['A.JSON', 'images/a.jpg', 'a.jpg'],
    ['result.json', 'images/a.jpg', '/data/upload/4/a.jpg'],
    ['result.json', 'images/a.jpg', '/data/local-files/?d=photos/a.jpg'],
    ['result.json', 'images/a.jpg', '..\\..\\media\\upload\\4\\a.jpg'],
    ['result.json', 'images/a.jpg', '../../upload/4/1f3a5c7e-a.jpg'],
    ['result.json', 'images/a.jpg', 'C:\\photos\\a.jpg'],
    ['result.json', 'images/a.jpg', 's3://bucket/photos/a.jpg'],
    ['result.json', 'images/a b.jpg', 'images/a%20b.jpg'],
    ['result.json', 'images/50%25.jpg', '50%25.jpg'],
    ['result.json', 'images/A.JPG', 'a.jpg'],
    // What the list composes, macOS takes apart.
    ['result.json', 'images/e\u0301te\u0301/u\u0308.jpg', '\u00e9t\u00e9/\u00fc.jpg'],
  ])('are found: by %s, %s under the name %s', async (file, photograph, file_name) => {
    await writePhotographs([photograph]);
    await folder.write(file, json([object('x', 3, columns(0, 2))], { images: [{ ...images[0], file_name }] }));
    expect(await photographsOf()).toEqual({ cat: [photograph] });
  });

  it('are not taken for others whose names end alike, nor from outside', async () => {
    await writePhotographs(['data/images/p.jpg', 'secret.jpg']);
    await folder.write(
      'data/annotations/a.json',
      json(
        ['x', 'y', 'z'].map((id) => object(id, 3, columns(0, 2))),
        { images: ['in/p.jpg', 'on/p.jpg', '../../secret.jpg'].map((file_name, i) => ({ ...images[i], file_name })) },
      ),
    );
    const root = folder.path('data');
    const census = await checkDataset({ layout: 'coco-json', root });
    expect([census.images, census.faults.map(({ kind }) => kind)]).toEqual([
      0,
      ['nothing', 'missing-image', 'missing-image', 'missing-image'],
    ]);
  });

  it('are named by one file', async () => {
    await writePhotographs(['a.jpg']);
    await folder.write('a.json', json([]));
    await folder.write('b.json', json([]));
    await expect(open()).rejects.toThrow(/holds several JSON files, .*a\.json, .*b\.json; give one of them/);
    await folder.write('instances_a.json', json([object('x', 3, columns(0, 2))]));
    expect(await photographsOf()).toEqual({ cat: ['a.jpg'] });
    await folder.write('split/train/x.json', json([]));
    await folder.write('split/valid/x.json', json([]));
    await expect(open(folder.path('split'))).rejects.toThrow(/several JSON files, .*train.*valid.*; give one/);
    await folder.write('none/x.txt', '');
    await expect(open(folder.path('none'))).rejects.toThrow('and its folders have no JSON with annotations');
  });
});
