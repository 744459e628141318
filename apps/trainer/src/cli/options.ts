import { onnxParts } from '@hypercorr/hsnet/onnx';
import { augmentations, queryOrders, samplers } from '@hypercorr/datasets';
import { layouts as ownLayouts } from '@hypercorr/datasets/node';
import { protocolNames, scoreSizes, voidRules, voteRules } from '@hypercorr/hsnet';
import { benchmarks } from '@hypercorr/hsnet/node';
import { mostThreads } from '@hypercorr/tensor/wasm';
import { z } from 'zod';
import { required, withDefault, type Option } from './option.ts';
import { nanPolicies } from '@hypercorr/train/node';
import { schedules } from './schedule.ts';

/** Numbers come as text from flags and the environment, as numbers from files. */
const number = z.union([z.number(), z.string().trim().min(1).transform(Number)]);
const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) => number.pipe(z.int().min(least).max(most));
const positive = number.pipe(z.number().positive());
const text = z.string().min(1);
const truth = z.union([
  z.boolean(),
  z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] }),
]);

function numberOption(name: string, argument: string, least: number, about: string): Option<number> {
  return {
    name,
    argument,
    about,
    takes: `a whole number from ${least}`,
    schema: wholeNumber(least),
    fallback: undefined,
  };
}

function boundedNumberOption(
  name: string,
  argument: string,
  [least, most]: readonly [number, number],
  about: string,
): Option<number> {
  return {
    ...numberOption(name, argument, least, about),
    takes: `a whole number from ${least} to ${most}`,
    schema: wholeNumber(least, most),
  };
}

function pathOption(name: string, argument: 'FILE' | 'DIR', about: string): Option<string> {
  const takes = argument === 'FILE' ? 'the name of a file' : 'the name of a folder';
  return { name, argument, about, takes, schema: text, fallback: undefined };
}

export function choice<const T extends string>(name: string, about: string, names: readonly T[]): Option<T> {
  const list = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return {
    name,
    argument: 'NAME',
    about: `${about}: ${list}`,
    takes: list,
    schema: z.enum(names),
    fallback: undefined,
  };
}

/** Classes by name. */
function classList(name: string, what: string): Option<string> {
  const about = `classes ${what}: names with commas between, or a file with one a line`;
  return {
    name,
    argument: 'LIST',
    about,
    takes: 'names with commas between, or a file',
    schema: text,
    fallback: undefined,
  };
}

function switchOption(name: string, about: string): Option<boolean, never> {
  return { name, about, takes: 'true or false', schema: truth, fallback: false };
}

/** On unless `--no-<name>` is given. `about` says what that does. */
function negatedSwitch(name: string, about: string): Option<boolean> {
  return { name, about, takes: 'true or false', schema: truth, fallback: undefined, negated: true };
}

function positiveNumber(name: string, argument: string, about: string): Option<number> {
  return { name, argument, about, takes: 'a positive number', schema: positive, fallback: undefined };
}

/** A length of time as people write it, in seconds: 1h30m, 45s, 90. */
function timeOption(name: string, about: string): Option<number> {
  const written = z
    .string()
    .regex(/^(?:\d+|(?=.)(?:\d+h)?(?:\d+m)?(?:\d+s)?)$/)
    .transform(secondsOf);
  const takes = 'a time such as 90s, 30m or 1h30m';
  return {
    name,
    argument: 'TIME',
    about,
    takes,
    schema: z.union([z.number(), written]).pipe(z.number().positive()),
    fallback: undefined,
  };
}

function secondsOf(written: string): number {
  const of = (unit: RegExp): number => Number(unit.exec(written)?.[1] ?? 0);
  return 3600 * of(/(\d+)h/) + 60 * of(/(\d+)m/) + of(/(\d+)s?$/);
}

/** Some of a few names. */
function someOf<const T extends string>(name: string, about: string, names: readonly T[]): Option<readonly T[]> {
  const some = z.array(z.enum(names)).min(1);
  const takes = `some of ${names.join(', ')}, with commas between`;
  const written = text.transform((list) => list.split(',').map((each) => each.trim())).pipe(some);
  return {
    name,
    argument: 'LIST',
    about: `${about}: ${takes}`,
    takes,
    schema: z.union([some, written]),
    fallback: undefined,
  };
}

/** A flag that may be repeated; in a file, a list. */
function listOption(name: string, argument: string, about: string, takes: string): Option<readonly string[]> {
  const schema = z.union([z.array(text).min(1), text.transform((one) => [one])]);
  return { name, argument, about, takes, schema, fallback: undefined, repeatable: true };
}

export const backends = ['wasm', 'gpu', 'reference'] as const;
export const backbones = ['vgg16', 'resnet50', 'resnet101', 'tiny'] as const;
export const kernels = ['center-pivot', 'separable', 'full'] as const;
/** How a folder that is checked may be laid out: one's own data, or a benchmark with folds. */
export const layouts = [...ownLayouts, 'pascal', 'coco'] as const;
/** Samplers by name. The published episodes are those of NumPy's legacy generator with seed 0. */
export const samplerNames = [...samplers, 'numpy-legacy-0'] as const;
const lastFold = 3;

/** What every command takes. */
export const output = {
  json: switchOption('json', 'print the result as JSON'),
  quiet: switchOption('quiet', 'no progress, no remarks; warnings and errors only'),
} as const;

/** What every command that computes takes. */
export const computing = {
  backend: withDefault(choice('backend', 'what computes', backends), 'wasm'),
  threads: boundedNumberOption(
    'threads',
    'N',
    [1, mostThreads()],
    'threads of the wasm backend; as many as the machine has processors',
  ),
} as const;

/** What every command that draws random numbers takes. */
export const seed = withDefault(numberOption('seed', 'N', 0, 'where random numbers start'), 0);

/** Where a model's weights come from, and what it is; what a checkpoint knows of itself need not be said. */
export const model = {
  backbone: choice('backbone', 'the network that extracts features', backbones),
  kernel: choice('kernel', 'the 4D convolution', kernels),
  weights: pathOption(
    'weights',
    'FILE',
    'the model, or its learner alone: a file of safetensors or PyTorch (.pt, .pth)',
  ),
  backboneWeights: pathOption(
    'backbone-weights',
    'FILE',
    "the backbone under torchvision's names: a file of safetensors or PyTorch",
  ),
  size: boundedNumberOption('size', 'N', [16, 4096], 'images are resized to N×N'),
  supportMask: negatedSwitch('support-mask', 'do not mask the support in the correlation (an ablation)'),
} as const;

const dataFolder = pathOption('data', 'DIR', 'where the data is');

/** What data a command works on. */
export const data = {
  benchmark: required(choice('benchmark', 'what the data is', benchmarks)),
  data: required(dataFolder),
  splits: pathOption(
    'splits',
    'DIR',
    'of pascal, coco and fss: the folder of split lists; without, pascal and coco take the splits in --data, or make lists from the masks',
  ),
  classSplit: choice('class-split', 'of coco: how its classes are dealt to folds', ['interleaved', 'contiguous']),
  cocoRaster: choice(
    'coco-raster',
    'of coco: how annotations are drawn as masks; repri fills only the first polygon, as many copies do',
    ['coco', 'repri'],
  ),
} as const;

/** How a model is scored: a protocol by name, and what is to be otherwise than it says. */
export const protocol = {
  protocol: choice(
    'protocol',
    "how episodes are drawn and scored; without, hsnet's for pascal, coco and fss",
    protocolNames,
  ),
  sampler: choice(
    'sampler',
    "who draws episodes: this library, or NumPy's generator as published (numpy-legacy-0: with seed 0)",
    samplerNames,
  ),
  queries: choice('queries', 'each image in turn, or random ones', queryOrders),
  episodes: numberOption(
    'episodes',
    'N',
    1,
    'episodes to score; with --protocol hypercorr they are random, and without every image is the query once',
  ),
  episodesFrom: pathOption(
    'episodes-from',
    'FILE',
    'score the episodes of this file: {"class_id":0,"query":"IMAGE","supports":["IMAGE"]} a line',
  ),
  scoreSize: choice('score-size', "compare at the model's size, or at that of the mask's file", scoreSizes),
  void: choice('void', 'leave void pixels out, or take them for background', voidRules),
  minPixels: numberOption('min-pixels', 'N', 0, 'leave out samples whose object has fewer pixels (PFENet: 2048)'),
  vote: choice('vote', 'how shots agree', voteRules),
} as const;

/** Options of single commands. Each is here once, whoever takes it. */
export const own = {
  layout: choice('layout', 'how the folder is laid out', layouts),
  data: dataFolder,
  out: pathOption('out', 'DIR', 'where results are written'),
  files: negatedSwitch(
    'files',
    'of pascal and coco: count the lists and look whether the files are there, and open none',
  ),
  images: numberOption('images', 'N', 2, 'images of each class'),
  fold: boundedNumberOption(
    'fold',
    'N',
    [0, lastFold],
    'of pascal and coco: the fold whose classes are tested, the others trained on',
  ),
  foldOrAll: {
    name: 'fold',
    argument: 'N|all',
    about: 'of pascal and coco: the fold whose classes are scored, or all four one after another',
    fallback: undefined,
    takes: `a whole number from 0 to ${lastFold}, or all`,
    schema: z.union([z.literal('all'), wholeNumber(0, lastFold)]),
  } satisfies Option<number | 'all'>,
  novelImages: choice(
    'novel-images',
    'of pascal and coco: training images that hold a class to be tested (published: keep)',
    ['keep', 'drop'],
  ),
  shots: numberOption('shots', 'K', 1, 'support images an episode'),
  batch: boundedNumberOption('batch', 'N', [1, 1000], 'episodes a step'),
  learningRate: positiveNumber('lr', 'X', "Adam's learning rate"),
  backboneLearningRate: positiveNumber(
    'backbone-lr',
    'X',
    'of --train-backbone: its own learning rate (default: a tenth of --lr)',
  ),
  schedule: choice('schedule', 'how the learning rate goes; the published one is constant', schedules),
  dropEvery: numberOption(
    'drop-every',
    'N',
    1,
    'of --schedule step: steps from one fall of the learning rate to the next',
  ),
  dropFactor: positiveNumber(
    'drop-factor',
    'X',
    'of --schedule step: what the learning rate is multiplied by there (default: 0.1)',
  ),
  foregroundWeight: positiveNumber(
    'foreground-weight',
    'X',
    'how many times a foreground pixel counts in the balance of the loss; 1 as published',
  ),
  warmup: numberOption('warmup', 'N', 0, 'steps over which the learning rate rises to its full height'),
  steps: numberOption('steps', 'N', 1, 'steps of training'),
  epochs: numberOption('epochs', 'N', 1, 'passes through --episodes, each with a validation'),
  episodes: numberOption('episodes', 'N', 1, 'random episodes'),
  valEpisodes: numberOption('val-episodes', 'N', 1, 'random episodes of each validation'),
  trainClasses: classList('train-classes', 'to train on'),
  valClasses: classList('val-classes', 'to choose the best epoch by'),
  testClasses: classList('test-classes', 'that the score is for'),
  seeds: numberOption('seeds', 'N', 1, 'repeat with N seeds, and give mean ± deviation'),
  microBatch: numberOption(
    'micro-batch',
    'N',
    1,
    'episodes of a step computed at once, their gradients summed; as many as memory is planned for',
  ),
  augment: someOf('augment', 'change the pictures that are trained on (published: as they are)', augmentations),
  trainBackbone: switchOption('train-backbone', 'train the backbone too (published: it is frozen)'),
  topK: withDefault(numberOption('top-k', 'N', 0, 'keep the models of the N best epochs, too'), 0),
  earlyStop: numberOption('early-stop', 'N', 1, 'stop after N epochs without a better validation mIoU'),
  maxTime: timeOption('max-time', 'save and stop after so long; --resume goes on'),
  onNan: withDefault(
    choice(
      'on-nan',
      'what a loss or gradient that is NaN or infinite does: end the training, or lose its step',
      nanPolicies,
    ),
    'stop',
  ),
  dryRun: switchOption(
    'dry-run',
    'check everything with the first steps and the first validation episode, estimate memory and time, and write nothing',
  ),
  overlays: numberOption('overlays', 'N', 0, 'draw the N worst episodes into --out (default: 20)'),
  savePredictions: switchOption('save-predictions', 'write the mask of every episode into --out'),
  baselines: switchOption('baselines', 'score segmentations without learning on the same episodes, too'),
  resume: switchOption('resume', 'go on where the run in --out stopped'),
  inputs: pathOption('inputs', 'FILE', 'a safetensors file with query, support and mask'),
  file: { ...pathOption('file', 'FILE', 'a file of weights: safetensors or PyTorch'), positional: true },
  runs: { ...listOption('run', 'RUN', 'the folder of a run', 'names of folders'), positional: true },
  stateKey: {
    name: 'key',
    argument: 'NAME',
    about: 'where the state dict is in what was saved, if not under state_dict or model',
    takes: 'a name',
    schema: text,
    fallback: undefined,
  } satisfies Option<string>,
  onnxPart: choice('part', 'what is written as ONNX; the model', onnxParts),
  outFile: pathOption('out', 'FILE', 'where the result is written'),
  support: listOption(
    'support',
    '[CLASS=]IMAGE:MASK',
    'an image and the mask of the object in it; again for more shots and classes',
    'IMAGE:MASK',
  ),
  query: listOption(
    'query',
    'FILE|DIR',
    'an image to segment, or a folder of them; may be repeated',
    'the name of a file or a folder',
  ),
  profile: switchOption('profile', 'time the operations of a prediction and of a training step of HSNet'),
  probability: switchOption('probability', 'write the probability of the object too, as a grey PNG'),
  overlay: switchOption('overlay', 'write the image with the mask drawn over it too'),
} as const;
