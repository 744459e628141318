import type { Json } from '@hypercorr/datasets';
import { FormatError } from '@hypercorr/tensor';
import { descriptionKey, parseDescription } from '@hypercorr/train';
import { backboneNames, type BackboneName } from '@hypercorr/vision';
import { additionNames, type Addition } from './additions.ts';
import { fieldsOf, list, oneOf, refuse, someOf, text, texts, truth, whole } from './described-fields.ts';
import { OtherModelError } from './errors.ts';
import { identifyModel } from './identify-model.ts';
import { kernelNames, type KernelName } from './learner.ts';
import { parsePresence, type PresenceCalibration } from './presence/calibration.ts';
import { parseTaught, type TaughtNote } from './teaching/taught-note.ts';

/** The name of HSNet's training in checkpoints. */
export const fewShotKind = 'few-shot';

/** What rebuilds a model, apart from its weights. */
export interface ModelDescription {
  readonly backbone: BackboneName;
  readonly kernel: KernelName;
  /** Whether the support's features are masked before they are correlated. */
  readonly supportMasking: boolean;
  /** What is added to the published network, in the order of `additionNames`. */
  readonly additions: readonly Addition[];
  /** Images are resized to size × size pixels. */
  readonly size: number;
}

/** What a model learned from. */
export interface TrainedOn {
  readonly benchmark: string;
  /** The classes that trained it. */
  readonly classes: readonly string[];
  /** The classes that its best epoch was chosen by. */
  readonly validationClasses: readonly string[];
  /** Of PASCAL-5i and COCO-20i: the fold whose classes it was not trained on. */
  readonly fold?: number;
  /** Of PASCAL-5i and COCO-20i: whether training kept images that also show a class of that fold. */
  readonly novelImages?: 'keep' | 'drop';
  readonly shots: number;
  readonly seed: number;
  /** Composites among the training episodes; absent if there were none. If their shares add up to 1, `classes` is empty. */
  readonly composites?: readonly CompositesTrainedOn[];
}

/** Episodes of cut-outs pasted on backgrounds that a model learned from. Plain data, which checkpoints hold. */
export type CompositesTrainedOn = {
  /** The name of the folder of cut-outs. */
  readonly cutOuts: string;
  /** Their share of the training episodes, above 0 and at most 1. */
  readonly share: number;
  readonly classes: readonly string[];
  readonly pictures: number;
  /** Photographs for backgrounds. With 0 all backgrounds are generated textures. */
  readonly backgrounds: number;
  /** A hash of the names of all these files: other files would give other episodes. */
  readonly files: string;
};

/** How a model got its weights. */
export interface TrainingDescription extends TrainedOn {
  /** Steps of the optimiser behind these weights. */
  readonly step: number;
}

/** What a file of weights says of itself. */
export interface WeightsDescription {
  readonly model: ModelDescription;
  /** Undefined for weights that do not say how they were trained. */
  readonly training: TrainingDescription | undefined;
  /** How it scores whether an image shows a class; undefined for weights that are not calibrated. */
  readonly presence: PresenceCalibration | undefined;
  /** How it was taught after its training and calibration; undefined for weights that were not. */
  readonly taught: TaughtNote | undefined;
}

/** The paper's model: what a model is where nobody says otherwise. */
export const usualModel: ModelDescription = {
  backbone: 'resnet50',
  kernel: 'center-pivot',
  supportMasking: true,
  additions: [],
  size: 400,
};

/** Parts of a description that somebody asks for. Undefined parts are taken from the weights, or from `usualModel`. */
export type AskedModel = { readonly [Part in keyof ModelDescription]?: ModelDescription[Part] | undefined };

/**
 * Checks a model's description. Keys of other versions are left out, and the rest has always the same order, so that equal
 * descriptions are equal as text.
 *
 * @throws FormatError that names the entry and what it may be
 */
export function parseModelDescription(json: unknown): ModelDescription {
  const entries = fieldsOf(json, 'model');
  return {
    backbone: oneOf(entries, 'backbone', backboneNames),
    kernel: oneOf(entries, 'kernel', kernelNames),
    supportMasking: truth(entries, 'supportMasking'),
    // Files that are older than the additions have none.
    additions: entries.has('additions') ? someOf(entries, 'additions', additionNames) : [],
    size: whole(entries, 'size', 1),
  };
}

/** As checkpoints hold it. Without additions it is the description of earlier versions, whose runs then go on. */
export function modelJson({ additions, ...model }: ModelDescription): Readonly<Record<string, Json>> {
  return additions.length === 0 ? { ...model } : { ...model, additions };
}

/** Checks what a model learned from. @throws FormatError as `parseModelDescription` */
export function parseTrainedOn(json: unknown): TrainedOn {
  const entries = fieldsOf(json, 'training');
  return {
    benchmark: text(entries, 'benchmark'),
    classes: texts(entries, 'classes'),
    validationClasses: texts(entries, 'validationClasses'),
    ...(entries.has('fold') ? { fold: whole(entries, 'fold', 0) } : {}),
    ...(entries.has('novelImages') ? { novelImages: oneOf(entries, 'novelImages', ['keep', 'drop'] as const) } : {}),
    shots: whole(entries, 'shots', 1),
    seed: whole(entries, 'seed', Number.MIN_SAFE_INTEGER),
    ...(entries.has('composites') ? { composites: list(entries, 'composites').map(parseComposites) } : {}),
  };
}

function parseComposites(json: unknown): CompositesTrainedOn {
  const entries = fieldsOf(json, 'composites');
  const share = entries.get('share');
  return {
    cutOuts: text(entries, 'cutOuts'),
    share:
      typeof share === 'number' && share > 0 && share <= 1
        ? share
        : refuse(entries, 'share', 'a number above 0 and at most 1'),
    classes: texts(entries, 'classes'),
    pictures: whole(entries, 'pictures', 1),
    backgrounds: whole(entries, 'backgrounds', 0),
    files: text(entries, 'files'),
  };
}

/** A file of weights, as far as a description needs it: its texts, and its tensors' names and shapes. */
export interface DescribedWeights {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/**
 * What a file of weights says of its model and its training. A file of another program says nothing; its model is told
 * from the names and shapes of its tensors then, with the published size.
 *
 * @param source the file's name, for errors
 * @returns undefined for tensors that are no HSNet known here
 * @throws FormatError for a description that this version does not understand
 */
export function describeWeights(
  { metadata, entries }: DescribedWeights,
  source: string,
): WeightsDescription | undefined {
  const { written, ...notes } = understood(source, () => ({
    written: readDescription(metadata),
    presence: parsePresence(metadata),
    taught: parseTaught(metadata),
  }));
  if (written !== undefined) return { ...written, ...notes };
  const identity = identifyModel(entries, { source });
  return identity && { model: { ...usualModel, ...identity }, training: undefined, ...notes };
}

function readDescription(
  metadata: DescribedWeights['metadata'],
): Pick<WeightsDescription, 'model' | 'training'> | undefined {
  const alone = modelAlone(metadata[descriptionKey]);
  if (alone !== undefined) return { model: parseModelDescription(alone), training: undefined };
  const about = parseDescription(metadata);
  if (about === undefined) return undefined;
  const { task, model, training, position } = about;
  if (task !== fewShotKind)
    throw new FormatError(
      'description',
      `it holds a model of ${task} training, and HSNet is trained by ${fewShotKind} training`,
    );
  return {
    model: parseModelDescription(model),
    training: { ...parseTrainedOn(training), step: position.step },
  };
}

/** @throws FormatError that names the file */
function understood<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      'weights',
      `${source} describes itself in a way that this version does not understand: ${why}`,
      { cause },
    );
  }
}

/** The model of a description that says nothing of a training: weights for use need not. */
function modelAlone(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const fields = fieldsOf(JSON.parse(text), 'the description');
  return fields.has('task') || fields.has('training') ? undefined : fields.get('model');
}

/**
 * A model's description: what is asked for, else what the weights say, else `usualModel`.
 *
 * @param known what the weights say
 * @param source their file's name, for errors
 * @throws OtherModelError for another backbone or kernel than that of the weights
 */
export function describeModel(
  asked: AskedModel,
  known: ModelDescription | undefined,
  source = 'the weights',
): ModelDescription {
  for (const part of ['backbone', 'kernel'] as const) {
    if (asked[part] === undefined || known === undefined || asked[part] === known[part]) continue;
    throw new OtherModelError(part, `the ${part} of ${source} is ${known[part]}, and ${asked[part]} was asked for`);
  }
  const base = known ?? usualModel;
  const additions = additionNames.filter((name) => (asked.additions ?? base.additions).includes(name));
  if (known !== undefined && additions.join() !== known.additions.join())
    throw new OtherModelError(
      'additions',
      `the additions of ${source} are ${said(known.additions)}, and ${said(additions)} were asked for`,
    );
  return {
    backbone: asked.backbone ?? base.backbone,
    kernel: asked.kernel ?? base.kernel,
    supportMasking: asked.supportMasking ?? base.supportMasking,
    additions,
    size: asked.size ?? base.size,
  };
}

function said(additions: readonly Addition[]): string {
  return additions.length === 0 ? 'none' : additions.join(', ');
}
