import { formatNames } from '../commands/predict/formats/index.ts';
import { onnxParts } from '@hypercorr/hsnet/onnx';
import { augmentations, maskReadings, queryOrders, samplers } from '@hypercorr/datasets';
import { crowdReadings, layouts as ownLayouts } from '@hypercorr/datasets/node';
import { additionNames, protocolNames, scoreSizes, voidRules, voteRules } from '@hypercorr/hsnet';
import { benchmarks } from '@hypercorr/hsnet/node';
import { mostThreads } from '@hypercorr/tensor/wasm';
import { backboneNames } from '@hypercorr/vision';
import { z } from 'zod';
import { required, withDefault, type Option } from './option.ts';
import {
  number,
  wholeNumber,
  fraction,
  text,
  numberOption,
  boundedNumberOption,
  pathOption,
  choice,
  classList,
  switchOption,
  negatedSwitch,
  nonNegative,
  positiveNumber,
  timeOption,
  someOf,
  listOption,
} from './option-kinds.ts';
import { nanPolicies } from '@hypercorr/train/node';
import { schedules } from './schedule.ts';

export const backends = ['wasm', 'gpu', 'reference'] as const;
export const kernels = ['center-pivot', 'separable', 'full'] as const;
/** The folder layouts that `datasets check` knows: those for your own data, and the benchmarks with folds. */
export const layouts = [...ownLayouts, 'pascal', 'coco'] as const;
/** The samplers' names. The published episodes come from NumPy's legacy generator with seed 0. */
export const samplerNames = [...samplers, 'numpy-legacy-0'] as const;
const lastFold = 3;

/** Options of every command. */
export const output = {
  json: switchOption('json', 'print the result as JSON'),
  quiet: switchOption('quiet', 'print only warnings and errors'),
} as const;

/** Options of every command that computes. */
export const computing = {
  backend: withDefault(choice('backend', 'where to compute', backends), 'wasm'),
  threads: boundedNumberOption(
    'threads',
    'N',
    [1, mostThreads()],
    'threads of the wasm backend (default: one for each processor)',
  ),
} as const;

/** The option of every command that draws random numbers. */
export const seed = withDefault(numberOption('seed', 'N', 0, 'seed of the random numbers'), 0);

/** The model's architecture and the files of its weights. Options that the checkpoint records may be left out. */
export const model = {
  backbone: choice('backbone', 'the network that extracts features', backboneNames),
  kernel: choice('kernel', 'the kind of 4D convolution', kernels),
  weights: pathOption(
    'weights',
    'FILE',
    "weights of the whole model or of its learner alone, as safetensors or PyTorch (.pt, .pth); demo for the newest demo's (default: those for photographs)",
  ),
  backboneWeights: pathOption(
    'backbone-weights',
    'FILE',
    "weights of the backbone with torchvision's names, as safetensors or PyTorch",
  ),
  size: boundedNumberOption('size', 'N', [16, 4096], 'resize images to N×N'),
  supportMask: negatedSwitch('support-mask', "do not mask the support's features (an ablation)"),
} as const;

/** A model that a command writes a changed copy of. The copy keeps its size and masking, so these are not asked for. */
export const modelToCopy = {
  backbone: model.backbone,
  kernel: model.kernel,
  weights: model.weights,
  backboneWeights: {
    ...model.backboneWeights,
    about: `${model.backboneWeights.about}, where --weights are the learner's alone`,
  },
} as const;

/** What masks mean, and what they were drawn over. */
export const masks = {
  mask: choice(
    'mask',
    'what the values of a mask of one class mean: binary (from 128 on, or 1), index (the only number beside 0; 255 is void), nonzero (what is not black), or auto (by their areas)',
    maskReadings,
  ),
  storedPixels: switchOption(
    'stored-pixels',
    'masks and outlines were drawn over the stored pixels, before EXIF turns the photographs',
  ),
} as const;

/** What annotations of crowds are. */
export const crowds = choice(
  'crowds',
  'coco-json: what annotations with iscrowd are: void, as in COCO, or objects, as CVAT writes its brush masks (default: void)',
  crowdReadings,
);

const dataFolder = pathOption('data', 'DIR', 'the folder of the data');

/** The data that a command works on. */
export const data = {
  benchmark: required(choice('benchmark', 'the benchmark or the layout of the data', benchmarks)),
  data: required(dataFolder),
  splits: pathOption(
    'splits',
    'DIR',
    'pascal, coco, fss: the folder of split lists (default for pascal and coco: the lists in --data, else lists made from the masks)',
  ),
  classSplit: choice('class-split', 'coco: how the classes are divided into folds', ['interleaved', 'contiguous']),
  cocoRaster: choice(
    'coco-raster',
    'coco: how masks are drawn from annotations; repri fills only the first polygon, as many copies do',
    ['coco', 'repri'],
  ),
  crowds,
  ...masks,
} as const;

/** How a model is scored: a named protocol, and options that override parts of it. */
export const protocol = {
  protocol: choice(
    'protocol',
    'how episodes are drawn and scored (default for pascal, coco and fss: hsnet)',
    protocolNames,
  ),
  sampler: choice(
    'sampler',
    "the generator that draws episodes: this library's, or NumPy's as published (numpy-legacy-0: with seed 0)",
    samplerNames,
  ),
  queries: choice('queries', 'take each image as the query in turn, or random images', queryOrders),
  episodes: numberOption(
    'episodes',
    'N',
    1,
    'episodes to score; with --protocol hypercorr they are random (default there: every image is the query once)',
  ),
  episodesFrom: pathOption(
    'episodes-from',
    'FILE',
    'score the episodes listed in this file, one a line: {"class_id":0,"query":"IMAGE","supports":["IMAGE"]}',
  ),
  scoreSize: choice(
    'score-size',
    "the size at which masks are compared: the model's, or that of the mask's file",
    scoreSizes,
  ),
  void: choice('void', 'ignore void pixels, or count them as background', voidRules),
  minPixels: numberOption(
    'min-pixels',
    'N',
    0,
    'leave out samples whose object has fewer than N pixels (PFENet: 2048)',
  ),
  vote: choice('vote', 'how the predictions of several shots are combined', voteRules),
} as const;

/** Options that only some commands take. Each option is defined once, here. */
export const own = {
  layout: choice('layout', 'the layout of the folder', layouts),
  data: dataFolder,
  out: pathOption('out', 'DIR', 'the folder for the results'),
  files: negatedSwitch('files', 'pascal, coco: check the lists and that every file exists, without opening the files'),
  images: numberOption('images', 'N', 2, 'images of each class'),
  fold: boundedNumberOption(
    'fold',
    'N',
    [0, lastFold],
    'pascal, coco: the fold whose classes are kept for testing; the other folds are trained on',
  ),
  foldOrAll: {
    name: 'fold',
    argument: 'N|all',
    about: 'pascal, coco: the fold whose classes are scored, or all four folds in turn',
    fallback: undefined,
    takes: `a whole number from 0 to ${lastFold}, or all`,
    schema: z.union([z.literal('all'), wholeNumber(0, lastFold)]),
  } satisfies Option<number | 'all'>,
  novelImages: choice(
    'novel-images',
    'pascal, coco: what to do with training images that also show a test class (published: keep)',
    ['keep', 'drop'],
  ),
  shots: numberOption('shots', 'K', 1, 'support images in each episode'),
  batch: boundedNumberOption('batch', 'N', [1, 1000], 'episodes in each training step'),
  learningRate: positiveNumber('lr', 'X', "Adam's learning rate"),
  backboneLearningRate: positiveNumber(
    'backbone-lr',
    'X',
    "with --train-backbone: the backbone's learning rate (default: a tenth of --lr)",
  ),
  schedule: choice('schedule', 'how the learning rate changes (published: constant)', schedules),
  dropEvery: numberOption('drop-every', 'N', 1, 'with --schedule step: lower the learning rate every N steps'),
  dropFactor: positiveNumber(
    'drop-factor',
    'X',
    'with --schedule step: multiply the learning rate by X each time (default: 0.1)',
  ),
  foregroundWeight: positiveNumber(
    'foreground-weight',
    'X',
    'weight of a foreground pixel in the loss, relative to a background pixel (published: 1)',
  ),
  warmup: numberOption('warmup', 'N', 0, 'raise the learning rate to its full value over the first N steps'),
  steps: numberOption('steps', 'N', 1, 'training steps'),
  epochs: numberOption('epochs', 'N', 1, 'epochs of --episodes episodes; each ends with a validation'),
  episodes: numberOption('episodes', 'N', 1, 'number of random episodes'),
  valEpisodes: numberOption('val-episodes', 'N', 1, 'random episodes in each validation'),
  trainClasses: classList('train-classes', 'to train on'),
  valClasses: classList('val-classes', 'to validate on, which choose the best epoch'),
  testClasses: classList('test-classes', 'to score'),
  seeds: numberOption('seeds', 'N', 1, 'repeat with N seeds and report mean ± standard deviation'),
  microBatch: numberOption(
    'micro-batch',
    'N',
    1,
    'compute a step N episodes at a time and sum their gradients (default: as many as the planned memory allows)',
  ),
  augment: someOf('augment', 'augment the training images (published: no augmentation)', augmentations),
  additions: someOf('additions', 'what to add to the published network', additionNames),
  cutOuts: listOption(
    'cut-outs',
    '[SHARE=]DIR',
    'make a share of the training episodes (default: 0.5) of the cut-outs in DIR, pasted on backgrounds; may be repeated',
    '[SHARE=]DIR',
  ),
  backgrounds: listOption(
    'backgrounds',
    'DIR',
    'with --cut-outs: paste them on parts of the photographs in DIR; may be repeated (default: generated textures)',
    'names of folders',
  ),
  distractors: numberOption(
    'distractors',
    'N',
    0,
    'with --cut-outs: the most objects of other classes in a picture (default: 4)',
  ),
  leastScale: positiveNumber(
    'least-scale',
    'X',
    "with --cut-outs: the longer side of the smallest objects, as a share of the picture's side (default: 0.08)",
  ),
  trainBackbone: switchOption('train-backbone', 'train the backbone too (published: frozen)'),
  topK: withDefault(numberOption('top-k', 'N', 0, 'also keep the models of the N best epochs'), 0),
  earlyStop: numberOption('early-stop', 'N', 1, 'stop after N epochs without a better validation mIoU'),
  maxTime: timeOption('max-time', 'save and stop after this time; --resume continues the run'),
  onNan: withDefault(
    choice('on-nan', 'if a loss or gradient is NaN or infinite: stop the training, or skip the step', nanPolicies),
    'stop',
  ),
  dryRun: switchOption(
    'dry-run',
    'run the first steps and the first validation episode, estimate memory and time, and write nothing',
  ),
  overlays: numberOption('overlays', 'N', 0, 'draw the N worst episodes into --out (default: 20)'),
  savePredictions: switchOption('save-predictions', 'write the mask of every episode into --out'),
  absent: numberOption(
    'absent',
    'N',
    1,
    'for each class, also score N queries that do not show it: how often it is found there all the same',
  ),
  pairs: withDefault(
    numberOption('pairs', 'N', 1, 'queries without the object for each class, and as many with it over all classes'),
    20,
  ),
  keep: {
    name: 'keep',
    argument: 'SHARE',
    about: 'the share of the images with the object in which it is still found',
    takes: 'a number above 0, at most 1',
    schema: number.pipe(z.number().positive().max(1)),
    fallback: undefined,
  } satisfies Option<number>,
  minScore: {
    name: 'min-score',
    argument: 'X',
    about:
      "a class with a lower score is not found, and has no mask; 0 marks every image (default: the weights' threshold)",
    takes: 'a number from 0 to 1',
    schema: fraction,
    fallback: undefined,
  } satisfies Option<number>,
  calibrationClasses: classList('classes', 'to calibrate on (default: those that chose the best epoch of the weights)'),
  baselines: switchOption('baselines', 'also score baselines that need no learning, on the same episodes'),
  resume: switchOption('resume', 'continue the run in --out where it stopped'),
  inputs: pathOption('inputs', 'FILE', 'a safetensors file with the tensors query, support and mask'),
  file: { ...pathOption('file', 'FILE', 'a file of weights, as safetensors or PyTorch'), positional: true },
  runs: { ...listOption('run', 'RUN', 'the folder of a run', 'names of folders'), positional: true },
  stateKey: {
    name: 'key',
    argument: 'NAME',
    about: 'the key of the state dict in the file, if it is not state_dict or model',
    takes: 'a name',
    schema: text,
    fallback: undefined,
  } satisfies Option<string>,
  part: choice('part', 'the part to write: the whole model, or its learner (default: model)', onnxParts),
  half: switchOption('half', 'write safetensors in half precision, which takes half the bytes'),
  outFile: pathOption('out', 'FILE', 'the file for the result'),
  examples: pathOption('examples', 'DIR', 'a folder of pictures in which the object is marked'),
  label: {
    name: 'label',
    argument: 'NAME',
    about: 'the object to take, where outlines have labels (default: the only one)',
    takes: 'a name',
    schema: text,
    fallback: undefined,
  } satisfies Option<string>,
  without: pathOption('without', 'DIR', 'a folder of pictures that do not show the object'),
  support: listOption(
    'support',
    '[CLASS=]IMAGE:MASK',
    "a support image and the mask of its object: a PNG, white on black or of class numbers, or a JSON with outlines by LabelMe or like COCO's; or a PNG or WebP alone whose background is transparent; may be repeated for more shots and classes",
    'IMAGE:MASK',
  ),
  query: listOption(
    'query',
    'FILE|DIR',
    'an image to segment, or a folder of them; may be repeated',
    'the name of a file or a folder',
  ),
  profile: switchOption('profile', 'time each operation of HSNet in a prediction and in a training step'),
  threshold: {
    name: 'threshold',
    argument: 'P',
    about: 'mark a pixel where its probability is above P, in place of a vote (a higher one marks less)',
    takes: 'a number from 0 to 1',
    schema: fraction,
    fallback: undefined,
  } satisfies Option<number>,
  probability: switchOption('probability', "also write the object's probability as a grey PNG"),
  overlay: switchOption(
    'overlay',
    'also write the image with the mask drawn over it (of more than 33 megapixels, reduced to 17)',
  ),
  recursive: switchOption('recursive', 'look into the folders in a folder of queries, too'),
  format: someOf('format', 'the forms in which results are written (default: png)', formatNames),
  tolerance: nonNegative(
    'tolerance',
    'PIXELS',
    'how far outlines may be from the edges of the pixels (default: 1; 0 keeps every corner)',
  ),
  minArea: numberOption('min-area', 'PIXELS', 0, 'leave out objects of fewer pixels'),
  fillHoles: switchOption('fill-holes', 'fill the holes in objects'),
  smooth: numberOption(
    'smooth',
    'PIXELS',
    0,
    'smooth the borders of objects, by what most pixels within this distance are',
  ),
  sheet: switchOption('sheet', 'also write sheet.png: the first 60 queries, each beside a support and what was found'),
} as const;
