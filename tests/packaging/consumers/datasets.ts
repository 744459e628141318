// A program that writes an image and its mask in FSS-1000's layout, and draws an episode from them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMaskPng, sampleEpisode } from '@hypercorr/datasets';
import { encodeJpeg, openDataset, readSample } from '@hypercorr/datasets/node';

const root = await mkdtemp(join(tmpdir(), 'datasets-'));
await mkdir(join(root, 'square'));
const side = 20;
for (const name of ['1', '2']) {
  const data = Uint8Array.from({ length: side * side }, (_, i) => (i % side < 10 ? 255 : 0));
  await writeFile(join(root, 'square', `${name}.png`), encodeMaskPng({ width: side, height: side, data }));
  const image = { width: side, height: side, data: new Uint8Array(side * side * 3).fill(120) };
  await writeFile(join(root, 'square', `${name}.jpg`), await encodeJpeg(image, 90));
}
const dataset = await openDataset({ layout: 'fss', root });
const plan = sampleEpisode(dataset, { seed: 0, shots: 1 }, 0);
const { image, mask } = await readSample(plan.query, { width: 10, height: 10 });
await rm(root, { recursive: true });

console.log(
  JSON.stringify({
    classes: dataset.classes.map(({ name }) => name),
    size: [image.width, image.height],
    object: mask.data.filter((value) => value === 1).length,
  }),
);
