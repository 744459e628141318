import { defineCommand, type Context } from '../cli/command.ts';
import { drawDataset } from './demo/draw-dataset.ts';
import { required, withDefault, type Settings } from '../cli/option.ts';
import { model, output, own, seed } from '../cli/options.ts';
import { counted } from '@hypercorr/train';

const options = {
  ...output,
  seed,
  out: required(own.out),
  images: withDefault(own.images, 20),
  size: withDefault({ ...model.size, about: 'width and height of the images' }, 160),
} as const;

export const datasetsGenerateCommand = defineCommand({
  name: 'datasets generate',
  summary: 'draws a dataset of textured, articulated figures on cluttered backgrounds',
  description:
    "Writes three sets of classes, each a folder in FSS-1000's layout with JPEG images and PNG masks: backbone (the tiny " +
    'backbone was trained on it), episodes (to train HSNet on) and held-out (to score it on). The classes are always the same; ' +
    'the seed draws their images. Pictures of an earlier, larger dataset in the folder are removed; other files stay.',
  options,
  examples: [
    [
      'hypercorr datasets generate --out data/generated --images 30',
      'draws 30 images of each class; then: hypercorr train --benchmark generated --data data/generated …',
    ],
  ],
  run: generate,
});

async function generate({ out, images, size, seed: from }: Settings<typeof options>, { log }: Context) {
  const written = await drawDataset({
    root: out,
    seed: from,
    size,
    imagesPerClass: { backbone: images, episodes: images, 'held-out': images },
    onProgress: log.counting('image'),
  });
  const folders = Object.entries(written.roots).map(([set, root]) => `  ${set.padEnd(9)} ${root}`);
  const removed = written.removed === 0 ? '' : `; ${written.removed} of an earlier dataset removed`;
  return {
    json: { ...written },
    text: [`${counted(written.images, 'image')} of ${counted(written.classes, 'class')}${removed}`, ...folders].join(
      '\n',
    ),
  };
}
