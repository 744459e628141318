import * as datasets from '@hypercorr/datasets';
import * as files from '@hypercorr/datasets/node';
import * as onnx from '@hypercorr/onnx';
import { OptionError } from '@hypercorr/tensor';
import { rehearse, score, train } from '@hypercorr/train/node';
import * as vision from '@hypercorr/vision';
import { cleanMask, maskObjects } from '@hypercorr/vision/objects';
import { drawContactSheet, drawOverlay } from '@hypercorr/vision/pictures';
import { describe, expect, it } from 'vitest';
import * as hsnet from '../src/index.ts';
import { Segmenter } from '../src/node.ts';
import { exportOnnx } from '../src/onnx/index.ts';

/** Nothing else is looked at before the options are. */
const anything = undefined as never;

/** A function with options that an application calls, and a call of it. */
const calls: Readonly<Record<string, (options: never) => unknown>> = {
  ConfusionMatrix: (options) => new vision.ConfusionMatrix(options),
  createBackbone: (options) => vision.createBackbone('tiny', options),
  drawContactSheet: (options) => drawContactSheet([], options),
  cleanMask: (options) => cleanMask(anything, options),
  maskObjects: (options) => maskObjects(anything, options),
  drawOverlay: (options) => drawOverlay(anything, anything, options),
  checkDataset: (options) => files.checkDataset(options),
  encodeMaskPng: (options) => datasets.encodeMaskPng(anything, options),
  episodeSource: (options) => files.episodeSource(anything, options),
  everyQuery: (options) => datasets.everyQuery(anything, options),
  numpyEpisodes: (options) => datasets.numpyEpisodes(anything, options),
  openDataset: (options) => files.openDataset(options),
  openParts: (options) => files.openParts(options),
  planEpisodes: (options) => datasets.planEpisodes(anything, options),
  plannedEpisodes: (options) => files.plannedEpisodes([], options),
  sampleEpisode: (options) => datasets.sampleEpisode(anything, options, 0),
  sceneSource: (options) => files.sceneSource(options),
  exportFunction: (options) => onnx.exportFunction(anything, options),
  exportModule: (options) => onnx.exportModule(anything, options),
  rehearse: (options) => rehearse(options),
  score: (options) => score(anything, options),
  train: (options) => train(options),
  complexity: (options) => hsnet.complexity(options),
  EpisodeMeter: (options) => new hsnet.EpisodeMeter(options),
  exportOnnx: (options) => exportOnnx(anything, options),
  HPNLearner: (options) => new hsnet.HPNLearner(options),
  HSNet: (options) => new hsnet.HSNet(options),
  'Segmenter.load': (options) => hsnet.Segmenter.load(options),
  'Segmenter.load of files': (options) => Segmenter.load(options),
};

describe('an option that does not exist', () => {
  it.each(Object.entries(calls))('is an error of %s', async (_, call) => {
    const given = async (): Promise<unknown> => call({ bogus: 1 } as never);
    await expect(given()).rejects.toThrow(OptionError);
    await expect(given()).rejects.toThrow(
      /^\[[\w.]+\] there is no option bogus; (there are \w+, |the only one is \w+$)/,
    );
  });
});
