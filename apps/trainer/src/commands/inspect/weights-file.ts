import { fewShotKind, identifyModel, parseModelDescription, type ModelIdentity } from '@hypercorr/hsnet';
import { sizeOf } from '@hypercorr/tensor/op';
import { counted, type CheckpointDescription } from '@hypercorr/train';
import { describeCheckpoint } from '@hypercorr/train/node';

/** What a file of weights holds. */
export interface WeightsFile {
  readonly file: string;
  readonly tensors: number;
  readonly elements: number;
  /** What the file says of itself, if it is a checkpoint of this library. */
  readonly about: CheckpointDescription | undefined;
  /** Which HSNet it holds: as the file says, or for a published file as the names and shapes of its tensors say. */
  readonly identity: ModelIdentity | undefined;
}

/** @throws FormatError for a file that holds no weights; the system's error for a file that cannot be read */
export async function inspectWeights(path: string): Promise<WeightsFile> {
  const { about, entries } = await describeCheckpoint(path);
  const sizes = [...entries.values()].map(({ shape }) => sizeOf(shape));
  return {
    file: path,
    tensors: sizes.length,
    elements: sizes.reduce((sum, size) => sum + size, 0),
    about,
    identity: about === undefined ? identifyModel(entries, { source: path }) : identityOf(about),
  };
}

function identityOf({ task, model }: CheckpointDescription): ModelIdentity | undefined {
  if (task !== fewShotKind) return undefined;
  const { backbone, kernel } = parseModelDescription(model);
  return { backbone, kernel };
}

export function describeWeights({ file, tensors, elements, about, identity }: WeightsFile): string {
  const model =
    identity !== undefined
      ? `of an HSNet, ${identity.backbone}, ${identity.kernel}`
      : about === undefined
        ? 'of no HSNet that is known here'
        : `of ${about.task} training`;
  const training = about === undefined ? '' : `, after ${counted(about.position.step, 'step')}`;
  return `${file}: ${counted(tensors, 'tensor')} of ${elements.toLocaleString('en-US')} elements, ${model}${training}`;
}
