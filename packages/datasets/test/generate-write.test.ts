import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classCounts, figureClasses, renderScene } from '../src/index.ts';
import { checkDataset, openDataset, readSample, writeGeneratedDataset } from '../src/node.ts';

describe('writeGeneratedDataset', () => {
  const options = { seed: 9, size: 48, imagesPerClass: { episodes: 1, 'held-out': 2 } } as const;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'generated-'));
    await writeGeneratedDataset({ ...options, root: folder });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("writes FSS-1000's layout, a folder for each set asked for", async () => {
    expect((await readdir(folder)).toSorted()).toEqual(['episodes', 'held-out']);
    const dataset = await openDataset({ layout: 'fss', root: join(folder, 'held-out') });
    expect(dataset.classes).toHaveLength(classCounts['held-out']);
    expect(dataset.classes.every(({ samples }) => samples.length === 2)).toBe(true);
  });

  it('has nothing that a check would complain about', async () => {
    const { faults, images } = await checkDataset({ layout: 'fss', root: join(folder, 'held-out'), shots: 1 });
    expect(faults).toEqual([]);
    expect(images).toBe(2 * classCounts['held-out']);
  });

  it('reads back as what was drawn: the mask exactly, the picture but for JPEG', async () => {
    const all = figureClasses();
    const dataset = await openDataset({ layout: 'fss', root: join(folder, 'held-out') });
    const read = dataset.classes[4];
    const cls = all.find(({ name }) => name === read?.name);
    const sample = read?.samples[1];
    if (cls === undefined || sample === undefined) throw new Error('the class is not there');
    const scene = renderScene(all, cls, 1, options);
    const { image, mask } = await readSample(sample);
    expect(mask.data).toEqual(scene.mask);
    const error =
      scene.pixels.reduce((sum, value, i) => sum + Math.abs(value - (image.data[i] ?? 0)), 0) / scene.pixels.length;
    // Quality 92 with halved colour resolution, on pictures that are nearly all edges.
    expect(error).toBeLessThan(20);
  });

  it('over a larger dataset leaves none of its pictures, and everything else', async () => {
    const root = await mkdtemp(join(tmpdir(), 'generated-'));
    try {
      const first = await writeGeneratedDataset({ root, seed: 1, size: 32, imagesPerClass: { 'held-out': 4 } });
      expect(first.removed).toBe(0);
      const [name = ''] = await readdir(join(root, 'held-out'));
      // 6 does not follow what was written; a mask without its photograph is half of what was.
      const own = ['6.jpg', '6.png', '3.jpeg', '03.jpg', 'notes.txt'];
      for (const file of own) await writeFile(join(root, 'held-out', name, file), 'mine');
      await rm(join(root, 'held-out', name, '4.jpg'));
      await mkdir(join(root, 'held-out', 'mine'));
      await writeFile(join(root, 'held-out', 'mine', '3.jpg'), 'mine');
      const second = await writeGeneratedDataset({ root, seed: 2, size: 48, imagesPerClass: { 'held-out': 2 } });
      expect(second.removed).toBe(2 * classCounts['held-out']);
      for (const each of await readdir(join(root, 'held-out'))) {
        const left = each === 'mine' ? ['3.jpg'] : ['1.jpg', '1.png', '2.jpg', '2.png', ...(each === name ? own : [])];
        expect((await readdir(join(root, 'held-out', each))).toSorted()).toEqual(left.toSorted());
      }
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('writes the same bytes for the same seed', async () => {
    const again = await mkdtemp(join(tmpdir(), 'generated-'));
    try {
      await writeGeneratedDataset({ ...options, imagesPerClass: { 'held-out': 1 }, root: again });
      for (const name of await readdir(join(again, 'held-out'))) {
        for (const file of ['1.jpg', '1.png']) {
          expect(await readFile(join(again, 'held-out', name, file))).toEqual(
            await readFile(join(folder, 'held-out', name, file)),
          );
        }
      }
    } finally {
      await rm(again, { recursive: true });
    }
  });
});
