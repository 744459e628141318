import { onnxParts } from '@hypercorr/hsnet/onnx';
import { mostThreads } from '@hypercorr/tensor/wasm';
import { z } from 'zod';
import { withDefault, type Option } from './option.ts';
import { schedules } from './training/schedule.ts';

/** Numbers come as text from flags and the environment, as numbers from files. */
const number = z.union([z.number(), z.string().trim().min(1).transform(Number)]);
const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) => number.pipe(z.int().min(least).max(most));
const positive = number.pipe(z.number().positive());
const text = z.string().min(1);
const truth = z.union([z.boolean(), z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })]);

function numberOption(name: string, argument: string, least: number, about: string): Option<number> {
  return { name, argument, about, takes: `a whole number from ${least}`, schema: wholeNumber(least), fallback: undefined };
}

function boundedNumberOption(name: string, argument: string, [least, most]: readonly [number, number], about: string): Option<number> {
  return { ...numberOption(name, argument, least, about), takes: `a whole number from ${least} to ${most}`, schema: wholeNumber(least, most) };
}

function pathOption(name: string, argument: 'FILE' | 'DIR', about: string): Option<string> {
  const takes = argument === 'FILE' ? 'the name of a file' : 'the name of a folder';
  return { name, argument, about, takes, schema: text, fallback: undefined };
}

function choice<const T extends string>(name: string, about: string, names: readonly T[]): Option<T> {
  const list = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return { name, argument: 'NAME', about: `${about}: ${list}`, takes: list, schema: z.enum(names), fallback: undefined };
}

/** Classes by name. */
function classList(name: string, what: string): Option<string> {
  const about = `classes ${what}: names with commas between, or a file with one a line`;
  return { name, argument: 'LIST', about, takes: 'names with commas between, or a file', schema: text, fallback: undefined };
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

/** A flag that may be repeated; in a file, a list. */
function listOption(name: string, argument: string, about: string, takes: string): Option<readonly string[]> {
  const schema = z.union([z.array(text).min(1), text.transform((one) => [one])]);
  return { name, argument, about, takes, schema, fallback: undefined, repeatable: true };
}

export const backends = ['wasm', 'gpu', 'reference'] as const;
export const backbones = ['vgg16', 'resnet50', 'resnet101', 'tiny'] as const;
export const kernels = ['center-pivot', 'separable', 'full'] as const;
export const layouts = ['fss', 'folder'] as const;
export const benchmarks = ['fss', 'folder', 'generated'] as const;

/** What every command takes. */
export const output = {
  json: switchOption('json', 'print the result as JSON'),
  quiet: switchOption('quiet', 'no progress, no remarks; warnings and errors only'),
} as const;

/** What every command that computes takes. */
export const computing = {
  backend: withDefault(choice('backend', 'what computes', backends), 'wasm'),
  threads: boundedNumberOption('threads', 'N', [1, mostThreads()], 'threads of the wasm backend; as many as the machine has processors'),
} as const;

/** What every command that draws random numbers takes. */
export const seed = withDefault(numberOption('seed', 'N', 0, 'where random numbers start'), 0);

/** Where a model's weights come from, and what it is; what a checkpoint knows of itself need not be said. */
export const model = {
  backbone: choice('backbone', 'the network that extracts features', backbones),
  kernel: choice('kernel', 'the 4D convolution', kernels),
  weights: pathOption('weights', 'FILE', 'the model, or its learner alone: a file of safetensors or PyTorch (.pt, .pth)'),
  backboneWeights: pathOption('backbone-weights', 'FILE', "the backbone under torchvision's names: a file of safetensors or PyTorch"),
  size: boundedNumberOption('size', 'N', [16, 4096], 'images are resized to N×N'),
  supportMask: negatedSwitch('support-mask', 'do not mask the support in the correlation (an ablation)'),
} as const;

/** Options of single commands. Each is here once, whoever takes it. */
export const own = {
  benchmark: { ...choice('benchmark', 'what the data is', benchmarks), takes: 'fss, folder or generated (pascal and coco are not supported yet)' },
  layout: choice('layout', 'how the folder is laid out', layouts),
  data: pathOption('data', 'DIR', 'where the data is'),
  out: pathOption('out', 'DIR', 'where results are written'),
  images: numberOption('images', 'N', 2, 'images of each class'),
  shots: numberOption('shots', 'K', 1, 'support images an episode'),
  batch: boundedNumberOption('batch', 'N', [1, 1000], 'episodes a step'),
  learningRate: positiveNumber('lr', 'X', "Adam's learning rate"),
  schedule: choice('schedule', 'how the learning rate goes; the published one is constant', schedules),
  dropEvery: numberOption('drop-every', 'N', 1, 'of --schedule step: steps from one fall of the learning rate to the next'),
  dropFactor: positiveNumber('drop-factor', 'X', 'of --schedule step: what the learning rate is multiplied by there (default: 0.1)'),
  foregroundWeight: positiveNumber('foreground-weight', 'X', 'how many times a foreground pixel counts in the balance of the loss; 1 as published'),
  warmup: numberOption('warmup', 'N', 0, 'steps over which the learning rate rises to its full height'),
  steps: numberOption('steps', 'N', 1, 'steps of training'),
  epochs: numberOption('epochs', 'N', 1, 'passes through --episodes, each with a validation'),
  episodes: numberOption('episodes', 'N', 1, 'random episodes'),
  valEpisodes: numberOption('val-episodes', 'N', 1, 'random episodes of each validation'),
  trainClasses: classList('train-classes', 'to train on'),
  valClasses: classList('val-classes', 'to choose the best epoch by'),
  testClasses: classList('test-classes', 'that the score is for'),
  seeds: numberOption('seeds', 'N', 1, 'repeat with N seeds, and give mean ± deviation'),
  baselines: switchOption('baselines', 'score segmentations without learning on the same episodes, too'),
  resume: switchOption('resume', 'go on where the run in --out stopped'),
  inputs: pathOption('inputs', 'FILE', 'a safetensors file with query, support and mask'),
  file: { ...pathOption('file', 'FILE', 'a file of weights: safetensors or PyTorch'), positional: true },
  stateKey: { name: 'key', argument: 'NAME', about: 'where the state dict is in what was saved, if not under state_dict or model', takes: 'a name', schema: text, fallback: undefined } satisfies Option<string>,
  onnxPart: choice('part', 'what is written as ONNX; the model', onnxParts),
  outFile: pathOption('out', 'FILE', 'where the result is written'),
  support: listOption('support', '[CLASS=]IMAGE:MASK', 'an image and the mask of the object in it; again for more shots and classes', 'IMAGE:MASK'),
  query: listOption('query', 'FILE|DIR', 'an image to segment, or a folder of them; may be repeated', 'the name of a file or a folder'),
  profile: switchOption('profile', 'time the operations of a prediction and of a training step of HSNet'),
  probability: switchOption('probability', 'write the probability of the object too, as a grey PNG'),
  overlay: switchOption('overlay', 'write the image with the mask drawn over it too'),
} as const;
