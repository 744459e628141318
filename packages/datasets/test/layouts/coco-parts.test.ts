import { expect, it } from 'vitest';
import { openDataset, checkDataset, encodeJpeg } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { photograph } from '../support/pictures.ts';

const folder = testFolder();

/** A part of a Roboflow export: one photograph `p.jpg`, with an object of the class. */
async function writePart(part: string, name: string): Promise<void> {
  await folder.write(`export/${part}/p.jpg`, await encodeJpeg(photograph(40, 30), 90));
  const annotations = {
    images: [{ id: 0, file_name: 'p.jpg', width: 40, height: 30 }],
    categories: [{ id: 7, name }],
    annotations: [{ id: 0, image_id: 0, category_id: 7, segmentation: [[2, 2, 20, 2, 20, 20, 2, 20]], iscrowd: 0 }],
  };
  await folder.write(`export/${part}/_annotations.coco.json`, JSON.stringify(annotations));
}

it('the parts of an export are read together, and one of them alone by its JSON', async () => {
  await writePart('train', 'cup');
  await writePart('valid', 'cup');
  await writePart('test', 'ball');
  const root = folder.path('export');
  const { classes, leftOut } = await openDataset({ layout: 'coco-json', root });
  expect(leftOut).toBeUndefined();
  expect(classes.map(({ name, samples }) => [name, samples.map((sample) => sample.name)])).toEqual([
    ['ball', ['test/p.jpg']],
    ['cup', ['train/p.jpg', 'valid/p.jpg']],
  ]);
  const { faults } = await checkDataset({ layout: 'coco-json', root });
  expect(faults.find(({ severity }) => severity === 'warning')?.message).toBe(
    'its parts test, train, valid are read together; give the JSON of one of them to read it alone',
  );
  const alone = await openDataset({ layout: 'coco-json', root: folder.path('export/valid/_annotations.coco.json') });
  expect(alone.classes.map(({ name, samples }) => [name, samples.length])).toEqual([['cup', 1]]);
});

it('other JSON files in several folders stay a question', async () => {
  await writePart('a', 'cup');
  await folder.write('export/b/other.json', '{}');
  await expect(openDataset({ layout: 'coco-json', root: folder.path('export') })).rejects.toThrow(
    'holds several JSON files',
  );
});
