import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HPNLearner, HSNet, identifyModel, loadCheckpoint, tapCounts } from '@hypercorr/hsnet';
import { HypercorrError, type Engine, type Key } from '@hypercorr/tensor';
import { loadBackboneWeights } from '@hypercorr/vision';
import {
  describeCheckpoint,
  freeState,
  readCheckpoint,
  readState,
  type ModelDescription,
  type TrainingDescription,
} from './checkpoint.ts';
import { CommandError, UsageError } from './failure.ts';
import type { Log } from './log.ts';
import type { Settings } from './option.ts';
import type { model as modelOptions } from './options.ts';
import { counted } from './words.ts';

export type ModelSettings = Settings<typeof modelOptions>;

/** The weights that are used when no others are named: the demo's, or those of one that was interrupted. */
const usualWeights = ['runs/demo/best.safetensors', 'runs/demo/last.safetensors'] as const;

/** The weights of the small backbone that come with this program. */
export const tinyBackboneWeights = fileURLToPath(new URL('../weights/tiny.safetensors', import.meta.url));

/** What a model is when nothing is said about it: the paper's. */
const usual: ModelDescription = { backbone: 'resnet50', kernel: 'center-pivot', supportMasking: true, size: 400 };

export interface OpenedModel {
  /** The caller's to dispose of. */
  readonly model: HSNet;
  readonly description: ModelDescription;
  /** Where its weights come from. */
  readonly weights: string;
  /** Not known for weights that other programs wrote. */
  readonly training: TrainingDescription | undefined;
}

/**
 * A trained model, as `--weights` and its companions say, or the demo's. What a checkpoint knows of itself holds unless
 * a setting says otherwise.
 *
 * @param options `learnerOnly`: the backbone is of no use, and needs no weights
 * @throws UsageError for settings that contradict the checkpoint; CommandError where weights are missing, and for files
 * that do not hold the model; FormatError for files that are damaged
 */
export async function openModel(
  settings: ModelSettings,
  engine: Engine,
  log: Log,
  { learnerOnly = false }: { readonly learnerOnly?: boolean } = {},
): Promise<OpenedModel> {
  const weights = settings.weights ?? usualWeights.find((file) => existsSync(file));
  if (weights === undefined) {
    throw new CommandError(
      `there are no weights: give --weights FILE, or run \`hypercorr demo\`, which leaves its own in ${usualWeights[0]}`,
    );
  }
  const checkpoint = await describeCheckpoint(weights);
  const { about } = checkpoint;
  const description = describeModel(settings, knownModel(checkpoint, weights), weights);
  const model = emptyModel(description, { engine });
  try {
    await loadWeights(model, { ...settings, weights }, engine, learnerOnly);
  } catch (error) {
    model.dispose();
    throw error;
  }
  log.say(`weights: ${weights}${about === undefined ? '' : `, trained on ${trainedOn(about.training)}`}`);
  return { model, description, weights, training: about?.training };
}

/** What the model to be trained is: as the settings say, else as the weights that it starts from, else the usual. */
export async function describeNewModel(settings: ModelSettings): Promise<ModelDescription> {
  const { weights } = settings;
  return describeModel(
    settings,
    weights === undefined ? undefined : knownModel(await describeCheckpoint(weights), weights),
    weights,
  );
}

/**
 * A model to be trained: the learner's weights are drawn from `key` and the backbone's come from a file, unless the
 * settings name weights to start from.
 *
 * @throws CommandError where the backbone's weights are missing, and for a file that does not hold them; FormatError for a
 * damaged one
 */
export async function newModel(
  settings: ModelSettings,
  description: ModelDescription,
  {
    engine,
    key,
    trainBackbone = false,
  }: { readonly engine: Engine; readonly key: Key; readonly trainBackbone?: boolean },
): Promise<HSNet> {
  const model = emptyModel(description, { engine, trainBackbone });
  try {
    if (settings.weights === undefined) {
      drawLearner(model, { engine, key });
      await loadBackbone(model, settings, engine);
    } else {
      await loadWeights(model, { ...settings, weights: settings.weights }, engine);
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** What the settings, the checkpoint and the usual make of a model together, the first of them that says something. */
export function describeModel(
  settings: ModelSettings,
  known: ModelDescription | undefined,
  file = '',
): ModelDescription {
  for (const name of ['backbone', 'kernel'] as const) {
    const asked = settings[name];
    if (asked !== undefined && known !== undefined && asked !== known[name]) {
      throw new UsageError(`${file} holds a model with ${name} ${known[name]}; --${name} says ${asked}`);
    }
  }
  const base = known ?? usual;
  return {
    backbone: settings.backbone ?? base.backbone,
    kernel: settings.kernel ?? base.kernel,
    supportMasking: settings.supportMask ?? base.supportMasking,
    size: settings.size ?? base.size,
  };
}

/** In a word: "13 classes of generated data, 1-shot, 300 steps". */
export function trainedOn({ classes, benchmark, shots, step }: TrainingDescription): string {
  return `${counted(classes.length, 'class')} of ${benchmark} data, ${shots}-shot, ${counted(step, 'step')}`;
}

/** Random weights for the learner alone: the backbone's come from a file, and drawing millions of them takes seconds. */
function drawLearner(
  { taps, kernel, hpn_learner }: HSNet,
  options: { readonly engine: Engine; readonly key: Key },
): void {
  const drawn = new HPNLearner({ taps: tapCounts(taps), kernel, ...options });
  hpn_learner.loadStateDict(drawn.stateDict());
  drawn.dispose();
}

/** A model whose weights are to be loaded. */
export function emptyModel(
  { backbone, kernel, supportMasking }: ModelDescription,
  { engine, trainBackbone = false }: { readonly engine: Engine; readonly trainBackbone?: boolean },
): HSNet {
  return new HSNet({ backbone, kernel, supportMasking, trainBackbone, key: null, engine });
}

/** The model that a file of weights describes. Names and shapes of tensors tell it of published files alone. */
function knownModel(
  { about, entries }: Awaited<ReturnType<typeof describeCheckpoint>>,
  path: string,
): ModelDescription | undefined {
  if (about !== undefined) return about.model;
  const identity = identifyModel(entries, { source: path });
  return identity && { ...usual, ...identity };
}

/** @throws CommandError that says in which file it is what does not fit */
function naming<T>(path: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw cause instanceof HypercorrError ? new CommandError(`${path}: ${cause.message}`, { cause }) : cause;
  }
}

async function loadWeights(
  model: HSNet,
  settings: ModelSettings & { readonly weights: string },
  engine: Engine,
  learnerOnly = false,
): Promise<void> {
  const { model: state } = await readCheckpoint(settings.weights, { engine });
  try {
    const { holds } = naming(settings.weights, () => loadCheckpoint(model, state));
    if (settings.backboneWeights !== undefined || (holds === 'learner' && !learnerOnly))
      await loadBackbone(model, settings, engine);
  } finally {
    freeState(state);
  }
}

async function loadBackbone(model: HSNet, { weights, backboneWeights }: ModelSettings, engine: Engine): Promise<void> {
  const path = backboneWeights ?? (model.backboneName === 'tiny' ? tinyBackboneWeights : undefined);
  if (path === undefined) {
    const why = weights === undefined ? 'it is not trained here' : `${weights} holds the learner alone`;
    throw new CommandError(`the ${model.backboneName} backbone needs weights (${why}): give --backbone-weights FILE`);
  }
  const state = await readState(path, { engine });
  try {
    naming(path, () => loadBackboneWeights(model.backbone, state));
  } finally {
    freeState(state);
  }
}
