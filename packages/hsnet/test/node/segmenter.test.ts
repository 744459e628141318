import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMaskPng, encodeRgbaPng } from '@hypercorr/datasets';
import { serialiseTensors } from '@hypercorr/nn';
import { key } from '@hypercorr/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MissingWeightsError, Segmenter as PixelSegmenter, SupportsError } from '../../src/index.ts';
import { Segmenter, newModel, openModel, type FileExample } from '../../src/node.ts';
import { discFiles, discPicture } from '../support/disc-picture.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-segmenter-'));
const at = (name: string): string => join(folder, name);
const engine = useEngine('wasm');
const model = { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, additions: [], size: 48 };
const training = {
  benchmark: 'pascal',
  classes: ['sofa'],
  validationClasses: ['boat'],
  fold: 2,
  novelImages: 'drop',
  shots: 1,
  seed: 3,
};

beforeAll(async () => {
  using network = undecidedModel(engine());
  const state = network.stateDict();
  const some = (prefix: string, cut: number) =>
    Object.fromEntries(
      Object.entries(state).flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(cut), tensor]] : [])),
    );
  const described = (about: object) => ({ hypercorr: JSON.stringify(about) });
  const metadata = described({ task: 'few-shot', model, training, position: { step: 7, nextItem: 14, phase: 0 } });
  // From before checkpoints named their task.
  const earlier = described({ model, training: { ...training, step: 7, nextEpisode: 14 } });
  // As a run leaves it, with the optimiser's tensors.
  const optimizer = { 'optimizer.first.hpn_learner.decoder2.2.bias': state['hpn_learner.decoder2.2.bias'] };
  writeFileSync(
    at('run.safetensors'),
    await serialiseTensors({ ...state, ...(optimizer as typeof state) }, { metadata }),
  );
  writeFileSync(at('learner.safetensors'), await serialiseTensors(some('hpn_learner.', 0), { metadata: earlier }));
  writeFileSync(at('backbone.safetensors'), await serialiseTensors(some('backbone.', 'backbone.'.length)));
  for (const seed of [1, 2]) {
    const { image, mask } = discFiles(70, 60, seed);
    writeFileSync(at(`${seed}.jpg`), image);
    writeFileSync(at(`${seed}.png`), mask);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('file names and pixels give the same', async () => {
  await using files = await Segmenter.load({ weights: at('run.safetensors'), engine: engine() });
  await files.remember('disc', [{ image: at('1.jpg'), mask: at('1.png') }]);
  await using mixed = await Segmenter.load({
    weights: at('learner.safetensors'),
    backboneWeights: at('backbone.safetensors'),
    engine: engine(),
  });
  await mixed.remember('disc', [{ image: discPicture(70, 60, 1).image, mask: at('1.png'), foreground: 'binary' }]);
  await using pixels = new PixelSegmenter(files.model, { size: 48 });
  await pixels.remember('disc', [discPicture(70, 60, 1)]);
  const found = await files.segment(at('2.jpg'));
  expect(await pixels.segment(discPicture(70, 60, 2).image)).toEqual(found);
  expect(await mixed.segment(at('2.jpg'))).toEqual(found);
  expect([files.source, mixed.source]).toEqual([
    at('run.safetensors'),
    `${at('learner.safetensors')}, ${at('backbone.safetensors')}`,
  ]);
});

test('a support may be outlined in a JSON, or be a cut-out', async () => {
  await using segmenter = await Segmenter.load({ weights: at('run.safetensors'), engine: engine() });
  const { image, mask } = discPicture(70, 60, 1);
  const [left, top, right, bottom] = [15, 20, 40, 45];
  const square = mask.data.map((_, i) => {
    const [x, y] = [i % 70, Math.floor(i / 70)];
    return Number(x >= left && x < right && y >= top && y < bottom);
  });
  writeFileSync(at('square.png'), encodeMaskPng({ ...mask, data: square }));
  const outline = [left, top, right, top, right, bottom, left, bottom];
  const shape = (label: string, points: readonly number[]) => ({
    label,
    shape_type: 'polygon',
    points: [0, 2, 4, 6].map((i) => points.slice(i, i + 2)),
  });
  const others = [1, 1, 9, 1, 9, 9, 1, 9];
  const labelme = {
    imagePath: '1.jpg',
    imageWidth: 70,
    imageHeight: 60,
    shapes: [shape('disc', outline), shape('other', others)],
  };
  writeFileSync(at('labelme.json'), JSON.stringify(labelme));
  const coco = {
    images: [{ id: 1, file_name: '1.jpg', width: 70, height: 60 }],
    categories: [{ id: 1, name: 'disc' }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, segmentation: [outline], iscrowd: 0 }],
  };
  writeFileSync(at('coco.json'), JSON.stringify(coco));
  const rgba = Uint8Array.from({ length: 4 * 70 * 60 }, (_, i) =>
    i % 4 === 3 ? 255 * (square[(i - 3) / 4] ?? 0) : (image.data[3 * Math.floor(i / 4) + (i % 4)] ?? 0),
  );
  writeFileSync(at('cut-out.png'), encodeRgbaPng({ width: 70, height: 60, data: rgba }));
  await segmenter.remember('png', [{ image: at('1.jpg'), mask: at('square.png') }]);
  await segmenter.remember('labelme', [{ image: at('1.jpg'), mask: at('labelme.json'), label: 'disc' }]);
  await segmenter.remember('coco', [{ image: at('1.jpg'), mask: at('coco.json') }]);
  await segmenter.remember('cut-out', [{ image: at('cut-out.png') }]);
  const found = (name: string) => segmenter.segment(at('2.jpg'), { classes: [name], leastScore: 0 });
  const { mask: expected } = await found('png');
  for (const name of ['labelme', 'coco']) expect((await found(name)).mask, name).toEqual(expected);
  // A cut-out's background is white, and not the photograph's.
  expect((await found('cut-out')).mask.data).toHaveLength(expected.data.length);
  const remember = (example: FileExample) => segmenter.remember('x', [example]);
  await expect(remember({ image: at('1.jpg'), mask: at('labelme.json') })).rejects.toThrow(
    'several kinds of objects (disc, other)',
  );
  await expect(remember({ image: at('2.jpg'), mask: at('coco.json') })).rejects.toThrow(
    'coco.json outlines nothing in',
  );
  await expect(remember({ image: at('1.jpg') })).rejects.toThrow('has no alpha');
  await expect(remember({ image, mask: undefined })).rejects.toThrow('an image in memory needs a mask');
});

test('files that cannot be used are named, all of them at once', async () => {
  await using segmenter = await Segmenter.load({ weights: at('run.safetensors'), engine: engine() });
  const { mask } = discPicture(70, 60, 1);
  writeFileSync(at('void.png'), encodeMaskPng({ ...mask, data: mask.data.map((value) => 255 * value) }));
  writeFileSync(at('notes.jpg'), 'no image');
  const supports = [
    { image: at('1.jpg'), mask: at('absent.png') },
    { image: at('notes.jpg'), mask: at('1.png') },
    // Void pixels alone are no object of class 3.
    { image: discPicture(70, 60, 1).image, mask: at('void.png'), foreground: 3 },
    { image: at('1.jpg'), mask: at('1.png') },
  ];
  const error: unknown = await segmenter.remember('disc', supports).catch((reason: unknown) => reason);
  if (!(error instanceof SupportsError)) return expect.fail('there is no SupportsError');
  expect(error.faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('absent.png'),
    expect.stringContaining('notes.jpg'),
    expect.stringContaining('void.png'),
  ]);
  await segmenter.remember('disc', supports.slice(3));
  await expect(segmenter.segment(at('notes.jpg'))).rejects.toThrow('notes.jpg');
});

test('a run’s checkpoint says what the model is and how it was trained', async () => {
  const opened = await openModel({ weights: at('run.safetensors') }, { engine: engine() });
  opened.model.dispose();
  expect(opened).toMatchObject({ description: model, training: { ...training, step: 7 } });
  const backbone = await openModel({ weights: at('learner.safetensors') }, { engine: engine(), learnerOnly: true });
  backbone.model.dispose();
  expect(backbone).toMatchObject({ description: model, training: { ...training, step: 7 } });
  await expect(openModel({ weights: at('learner.safetensors') }, { engine: engine() })).rejects.toThrow(
    MissingWeightsError,
  );
});

test('a model to be trained starts from weights, or from drawn ones and a backbone', async () => {
  const described = { backbone: 'tiny', kernel: 'separable', supportMasking: true, additions: [], size: 48 } as const;
  const options = { engine: engine(), key: key(1) };
  const usualBackbones = { tiny: at('backbone.safetensors') };
  using drawn = await newModel(described, { usualBackbones }, options);
  expect([drawn.kernel, drawn.trainBackbone]).toEqual(['separable', false]);
  await expect(newModel(described, {}, options)).rejects.toThrow(
    'the tiny backbone needs a file of weights: training does not begin with it',
  );
  await expect(newModel(described, { weights: at('run.safetensors') }, options)).rejects.toThrow('run.safetensors: ');
});
