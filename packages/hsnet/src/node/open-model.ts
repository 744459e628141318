import { disposeState } from '@hypercorr/nn';
import type { Engine, Key } from '@hypercorr/tensor';
import type { BackboneName } from '@hypercorr/vision';
import { packagedBackbones, readPackagedBackbone, type PackagedBackbone } from '@hypercorr/vision/node';
import { MissingWeightsError } from '../errors.ts';
import type { HSNet } from '../hsnet.ts';
import {
  describeLoaded,
  drawLearner,
  emptyModel,
  loadBackboneState,
  loadModelState,
  type NamedState,
} from '../load-model.ts';
import {
  describeModel,
  type AskedModel,
  type ModelDescription,
  type TrainingDescription,
} from '../model-description.ts';
import type { PresenceCalibration } from '../presence/calibration.ts';
import type { TaughtNote } from '../teaching/taught-note.ts';
import { describeWeightsFile, readWeights, type ReadWeights } from './weights-file.ts';

/** Where a backbone's weights come from. */
export interface BackboneFiles {
  /** A file of the backbone's weights under torchvision's names. It replaces those of the checkpoint. */
  readonly backboneWeights?: string | undefined;
  /** Files to take where the checkpoint holds the learner alone, and `backboneWeights` is absent. */
  readonly usualBackbones?: Readonly<Partial<Record<BackboneName, string>>> | undefined;
}

/** A trained model in files. */
export interface ModelFiles extends AskedModel, BackboneFiles {
  /** A checkpoint: the whole model, or the learner alone. */
  readonly weights: string;
}

export interface Notes {
  /** Is told, in a line each, which prefix a file's names have, and what of a file is left out. */
  readonly say?: ((line: string) => void) | undefined;
}

export interface OpenedModel {
  /** The caller disposes of it. */
  readonly model: HSNet;
  readonly description: ModelDescription;
  /** Undefined for weights that do not say how they were trained. */
  readonly training: TrainingDescription | undefined;
  /** Undefined for weights that are not calibrated. */
  readonly presence: PresenceCalibration | undefined;
  /** Undefined for weights that were not taught. */
  readonly taught: TaughtNote | undefined;
  /** Whether the weights are of the whole model, or of the learner alone. */
  readonly holds: 'model' | 'learner';
}

/**
 * Opens a trained model. What its checkpoint says of it holds, unless another size or support masking is asked for.
 *
 * @param options `learnerOnly`: the backbone is not used, and needs no weights
 * @throws OtherModelError for another backbone or kernel than the checkpoint's; MissingWeightsError where the backbone's
 * weights are in no file; FormatError for files that are damaged or hold another model; the system's error for a file
 * that cannot be read
 */
export async function openModel(
  files: ModelFiles,
  { engine, learnerOnly = false, say }: { readonly engine: Engine; readonly learnerOnly?: boolean } & Notes,
): Promise<OpenedModel> {
  const { about } = await describeWeightsFile(files.weights);
  const description = describeModel(files, about?.model, files.weights);
  const model = emptyModel(description, { engine });
  try {
    const holds = await loadFiles(model, files, { engine, learnerOnly, say });
    const { training, presence, taught } = about ?? {};
    return { model, description, training, presence, taught, holds };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Where a model to be trained starts. */
export interface StartFiles extends BackboneFiles {
  /** A checkpoint to start from; without one, the learner's weights are drawn. */
  readonly weights?: string | undefined;
}

/**
 * The description of a model to be trained: what is asked for, else what the weights say that it starts from, else the
 * paper's.
 *
 * @throws as `openModel`
 */
export async function describeStart({ weights, ...asked }: AskedModel & StartFiles): Promise<ModelDescription> {
  if (weights === undefined) return describeModel(asked, undefined);
  const { about } = await describeWeightsFile(weights);
  return describeModel(asked, about?.model, weights);
}

/**
 * A model to be trained. Without weights to start from, the learner's are drawn from `key`, and the backbone's come from a
 * file.
 *
 * @throws as `openModel`
 */
export async function newModel(
  description: ModelDescription,
  files: StartFiles,
  options: { readonly engine: Engine; readonly key: Key; readonly trainBackbone?: boolean } & Notes,
): Promise<HSNet> {
  const { engine, key, trainBackbone = false, say } = options;
  const model = emptyModel(description, { engine, trainBackbone });
  const { weights } = files;
  try {
    if (weights === undefined) {
      drawLearner(model, { engine, key });
      await loadBackbone(model, files, { engine, say });
    } else {
      await loadFiles(model, { ...files, weights }, { engine, say });
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** @returns what the weights are of */
async function loadFiles(
  model: HSNet,
  files: StartFiles & { readonly weights: string },
  { engine, learnerOnly = false, say }: { readonly engine: Engine; readonly learnerOnly?: boolean } & Notes,
): Promise<'model' | 'learner'> {
  const { state, others } = await readWeights(files.weights, engine);
  try {
    const loaded = loadModelState(model, { state, source: files.weights });
    for (const line of describeLoaded(files.weights, loaded, others)) say?.(line);
    if (files.backboneWeights !== undefined || (loaded.holds === 'learner' && !learnerOnly))
      await loadBackbone(model, files, { engine, say });
    return loaded.holds;
  } finally {
    disposeState(state);
  }
}

async function loadBackbone(
  model: HSNet,
  { weights, backboneWeights, usualBackbones = {} }: StartFiles,
  { engine, say }: { readonly engine: Engine } & Notes,
): Promise<void> {
  const { backboneName: name } = model;
  const source = backboneWeights ?? usualBackbones[name];
  if (source !== undefined) loadThem(model, { ...(await readWeights(source, engine)), source }, say);
  else if (isPackaged(name))
    loadThem(model, { state: (await readPackagedBackbone(name)).tensors({ engine }), source: name });
  else {
    const why = weights === undefined ? 'training does not begin with it' : `${weights} holds the learner alone`;
    throw new MissingWeightsError('weights', `the ${name} backbone needs a file of weights: ${why}`);
  }
}

function loadThem(
  model: HSNet,
  { state, source, others }: NamedState & Partial<ReadWeights>,
  say?: Notes['say'],
): void {
  try {
    const loaded = loadBackboneState(model, { state, source });
    for (const line of describeLoaded(source, loaded, others)) say?.(line);
  } finally {
    disposeState(state);
  }
}

function isPackaged(name: BackboneName): name is PackagedBackbone {
  return packagedBackbones.some((each) => each === name);
}
