import { identifyModel, type ModelIdentity } from '@hypercorr/hsnet';
import { sizeOf } from '@hypercorr/tensor';
import { describeCheckpoint, type CheckpointDescription } from '../../checkpoint.ts';
import { counted } from '../../cli/words.ts';

/** What a file of weights holds. */
export interface WeightsFile {
  readonly file: string;
  readonly tensors: number;
  readonly elements: number;
  /** What a checkpoint of this program says of itself. */
  readonly about: CheckpointDescription | undefined;
  /** The model, told from the tensors' names and shapes. */
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
    identity: identifyModel(entries),
  };
}

export function describeWeights({ file, tensors, elements, about, identity }: WeightsFile): string {
  const { backbone, kernel } = about?.model ?? identity ?? {};
  const model = backbone === undefined ? 'of no HSNet known here' : `of an HSNet, ${backbone}, ${kernel}`;
  const training =
    about === undefined ? '' : `, after ${counted(about.training.step, 'step')} on ${about.training.benchmark} data`;
  return `${file}: ${counted(tensors, 'tensor')} of ${elements.toLocaleString('en-US')} elements, ${model}${training}`;
}
