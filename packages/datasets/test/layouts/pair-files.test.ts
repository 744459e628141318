import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findMarkedPictures, openDataset, type Layout } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();

const pairsOf = async (layout: Layout, files: readonly string[]): Promise<Record<string, readonly string[]>> => {
  for (const file of files) await folder.write(`data/${file}`, '');
  const { classes } = await openDataset({ layout, root: folder.path('data') });
  return Object.fromEntries(
    classes.map(({ name, samples }) => [
      name,
      samples.map(({ image, mask }) => [image, mask].map((file) => basename(file)).join(' ')),
    ]),
  );
};

describe('photographs and masks are paired', () => {
  it.each([
    ['cat/images/a.jpg', 'cat/labels/a.png'],
    ['cat/Images/a.jpg', 'cat/Masks/a.png'],
    ['cat/JPEGImages/a.jpg', 'cat/SegmentationClass/a.png'],
    ['cat/images/a.jpg', 'cat/masks/a.jpg.png'],
    ['cat/images/IMG_0.JPG', 'cat/masks/img_0.png'],
    ['cat/images/a.jpg', 'cat/masks/a_mask.png'],
    ['cat/images/a.jpg', 'cat/masks/a-segmentation.png'],
    ['cat/images/image_1.jpg', 'cat/masks/mask_1.png'],
    ['cat/a.png', 'cat/a_mask.png'],
    ['cat/a.jpg', 'cat/A-Mask.PNG'],
  ])('%s with %s', async (image, mask) => {
    expect(await pairsOf('folder', [image, mask])).toEqual({ cat: [`${basename(image)} ${basename(mask)}`] });
  });

  it('a single class without a folder of its own', async () => {
    expect(await pairsOf('folder', ['images/a.jpg', 'masks/a.png'])).toEqual({ data: ['a.jpg a.png'] });
  });

  it('a name that fits as it is goes before one that fits otherwise', async () => {
    expect(await pairsOf('folder', ['cat/images/a.jpg', 'cat/masks/a.png', 'cat/masks/a_mask.png'])).toEqual({
      cat: ['a.jpg a.png'],
    });
    expect(await pairsOf('folder', ['cat/images/a_mask.jpg'])).toEqual({
      cat: ['a.jpg a.png', 'a_mask.jpg a_mask.png'],
    });
  });

  it('not with one of several masks', async () => {
    const files = [
      'cat/images/a.jpg',
      'cat/images/b.jpg',
      'cat/masks/b.png',
      'cat/masks/a_mask.png',
      'cat/masks/a_gt.png',
    ];
    expect(await pairsOf('folder', files)).toEqual({ cat: ['b.jpg b.png'] });
  });

  it("exactly in FSS-1000's layout", async () => {
    expect(
      await pairsOf('fss', ['cat/1.jpg', 'cat/1.png', 'cat/2.jpg', 'cat/2_mask.png', 'cat/x.jpg', 'cat/X.png']),
    ).toEqual({ cat: ['1.jpg 1.png'] });
  });

  it('with indices, too', async () => {
    await folder.write('data/classes.json', '["cat"]');
    await expect(pairsOf('indexed', ['images/a.jpg', 'labels/a.png'])).rejects.toThrow(/labels.a\.png/);
  });

  it('where pictures are marked, too', async () => {
    for (const file of ['a.jpg', 'a_mask.png', 'b.png', 'b_mask.png']) await folder.write(`marked/${file}`, '');
    const found = await findMarkedPictures(folder.path('marked'));
    expect(found.map(({ image, mask = '' }) => [basename(image), basename(mask)])).toEqual([
      ['a.jpg', 'a_mask.png'],
      ['b.png', 'b_mask.png'],
    ]);
  });
});

it('names that do not fit are an error with an example', async () => {
  await expect(
    pairsOf('folder', ['cat/images/a.jpg', 'cat/masks/task-3-annotation-3-by-1-tag-cat-0.png']),
  ).rejects.toThrow(
    /The mask of .*a\.jpg should be called a\.png; one is called task-3-.*Label Studio names masks by tasks/,
  );
});
