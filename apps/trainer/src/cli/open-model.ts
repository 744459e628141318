import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  MissingWeightsError,
  OtherModelError,
  type AskedModel,
  type HSNet,
  type ModelDescription,
  type TrainingDescription,
} from '@hypercorr/hsnet';
import {
  describeStart,
  newModel as startModel,
  openModel as openFiles,
  photoWeights,
  type OpenedModel,
} from '@hypercorr/hsnet/node';
import type { Engine } from '@hypercorr/tensor';
import { demoFolder, newestDemoWeights } from './demo-weights.ts';
import { CommandError, UsageError, withoutTag } from './failure.ts';
import type { Settings } from './option.ts';
import type { model as modelOptions } from './options.ts';
import { counted } from '@hypercorr/train';
import { type TerminalLog, runFiles } from '@hypercorr/train/node';

export type ModelSettings = Settings<typeof modelOptions> & Pick<AskedModel, 'additions'>;

/** The weights of the small backbone that come with this program. */
export const tinyBackboneWeights = fileURLToPath(new URL('../../weights/tiny.safetensors', import.meta.url));

/** The files of backbone weights that come with this program. */
export const usualBackbones = { tiny: tinyBackboneWeights } as const;

/** An opened model and the path of its weights. */
export interface NamedModel extends OpenedModel {
  readonly weights: string;
}

/**
 * Opens the trained model that `--weights` and its companions name, or the one that comes with HSNet. Says on the log which weights these are.
 *
 * @param options `learnerOnly`: the backbone is not used and needs no weights
 * @throws UsageError for options that contradict the checkpoint; CommandError if weights are missing; FormatError for
 * files that are damaged or hold another model
 */
export async function openModel(
  settings: ModelSettings,
  engine: Engine,
  log: TerminalLog,
  options: { readonly learnerOnly?: boolean } = {},
): Promise<NamedModel> {
  const weights = weightsOf(settings);
  const opened = await withOptionNames(() =>
    openFiles({ ...filesOf(settings), weights }, { engine, ...options, say: (line) => log.say(line) }),
  );
  sayWeights(weights, opened, log);
  return { ...opened, weights };
}

/**
 * As `openModel`, for a command that writes a changed copy of the weights.
 *
 * @throws UsageError for another backbone's weights over those of a whole model: the copy would not hold them
 */
export async function openModelToCopy(
  settings: Omit<ModelSettings, 'size' | 'supportMask' | 'additions'>,
  engine: Engine,
  log: TerminalLog,
): Promise<NamedModel> {
  const opened = await openModel({ ...settings, size: undefined, supportMask: undefined }, engine, log);
  if (opened.holds === 'learner' || settings.backboneWeights === undefined) return opened;
  opened.model.dispose();
  throw new UsageError(
    `--backbone-weights: ${opened.weights} holds a backbone of its own, which --out would keep; leave --backbone-weights out`,
  );
}

/**
 * The path of the weights: those for photographs without `--weights`, and the newest demo's for `--weights demo`.
 *
 * @throws CommandError if no demo has weights
 */
export function weightsOf({ weights = photoWeights }: Pick<ModelSettings, 'weights'>): string {
  if (weights !== 'demo' || existsSync(weights)) return weights;
  const found = newestDemoWeights();
  if (found !== undefined) return found;
  throw new CommandError(
    `no demo has left weights here: run \`hypercorr demo\` first, which leaves them in ${runFiles(demoFolder).best}`,
  );
}

/** Logs which weights are used. */
export function sayWeights(
  weights: string,
  { training, presence, taught }: Pick<OpenedModel, 'training' | 'presence' | 'taught'>,
  log: TerminalLog,
): void {
  const trained = training === undefined ? '' : `, trained on ${trainedOn(training)}`;
  const calibrated =
    presence === undefined
      ? ''
      : `, calibrated on ${counted(presence.on.classes.length, 'class')} of ${presence.on.data}, ${presence.on.shots}-shot`;
  const then = taught === undefined ? '' : `, taught by ${counted(taught.pictures, 'picture')}`;
  log.say(`weights: ${weights}${trained}${calibrated}${then}`);
}

/** The description of the model to train. Options come first, then the weights to start from, then the paper's values. */
export function describeNewModel(settings: ModelSettings): Promise<ModelDescription> {
  return withOptionNames(() => describeStart(filesOf(settings)));
}

/**
 * Makes the model to train. The learner's weights are drawn from `key` and the backbone's come from a file, unless the options
 * name weights to start from.
 *
 * @throws CommandError if the backbone's weights are missing; FormatError for a file that is damaged or holds another model
 */
export function newModel(
  settings: ModelSettings,
  description: ModelDescription,
  options: Parameters<typeof startModel>[2],
): Promise<HSNet> {
  return withOptionNames(() => startModel(description, filesOf(settings), options));
}

/** The model and its files as the options describe them. */
export function filesOf(settings: ModelSettings): AskedModel & {
  readonly weights: string | undefined;
  readonly backboneWeights: string | undefined;
  readonly usualBackbones: typeof usualBackbones;
} {
  const { backbone, kernel, size, supportMask, additions, weights, backboneWeights } = settings;
  return { backbone, kernel, size, supportMasking: supportMask, additions, weights, backboneWeights, usualBackbones };
}

/** Adds the wrong or missing option to errors about models. */
export async function withOptionNames<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (cause instanceof OtherModelError)
      throw new UsageError(`${withoutTag(cause)}; leave --${cause.part} out`, { cause });
    if (cause instanceof MissingWeightsError)
      throw new CommandError(`${withoutTag(cause)}; give --backbone-weights FILE`, { cause });
    throw cause;
  }
}

/** What a model was trained on, in words: "13 classes of generated data and 60 classes of cut-outs, 1-shot, 300 steps". */
export function trainedOn({ classes, composites = [], benchmark, shots, step }: TrainingDescription): string {
  const pasted = new Set(composites.flatMap((each) => each.classes));
  const data = [
    ...(classes.length > 0 ? [`${counted(classes.length, 'class')} of ${benchmark} data`] : []),
    ...(pasted.size > 0 ? [`${counted(pasted.size, 'class')} of cut-outs`] : []),
  ];
  return `${data.join(' and ')}, ${shots}-shot, ${counted(step, 'step')}`;
}
