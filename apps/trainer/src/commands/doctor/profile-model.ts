import { HSNet, segmentationLoss, type HSNetOptions } from '@hypercorr/hsnet';
import { Adam, lossAndGradients } from '@hypercorr/nn';
import {
  cast,
  fromArray,
  key,
  normal,
  profile,
  reshape,
  scope,
  type Engine,
  type OperationProfile,
  type Profile,
} from '@hypercorr/tensor';

export interface ProfiledModel extends Required<Pick<HSNetOptions, 'backbone' | 'kernel'>> {
  /** Width and height of the images. */
  readonly size: number;
}

/** The time of a model's operations. */
export interface ModelProfile {
  /** One query and one support, from images to a mask. */
  readonly prediction: Profile<void>;
  /** One episode: the loss, its gradients for the learner, and the optimiser's step. */
  readonly training: Profile<void>;
}

/** Measures a model with random weights on random images. The support's object is a centred square, a quarter of the area. */
export async function profileModel({ backbone, kernel, size }: ProfiledModel, engine: Engine): Promise<ModelProfile> {
  using model = new HSNet({ backbone, kernel, key: key(0), engine });
  using optimizer = new Adam(model.trainableParameters());
  using query = normal(key(1), [1, 3, size, size], { engine });
  using support = normal(key(2), [1, 3, size, size], { engine });
  using mask = fromArray(centredSquare(size), [1, size, size], { engine });

  const predict = (): void =>
    scope(() => {
      using supports = model.prepare([{ image: reshape(support, [3, size, size]), mask: reshape(mask, [size, size]) }]);
      model.segment(reshape(query, [3, size, size]), supports);
    });
  const learn = (): void =>
    scope(() => {
      const labels = cast(mask, 'int32');
      const computeLoss = () => segmentationLoss(model.forward(query, support, mask), labels, 1);
      optimizer.step(lossAndGradients(model.trainableParameters(), computeLoss).gradients);
    });
  model.eval();
  const prediction = await profileWarm(engine, predict);
  model.train();
  return { prediction, training: await profileWarm(engine, learn) };
}

/** The total time of the operations, in milliseconds. */
export function inOperations(operations: readonly OperationProfile[]): number {
  return operations.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** Measures the second run, because the first one loads and compiles kernels. */
async function profileWarm(engine: Engine, compute: () => void): Promise<Profile<void>> {
  compute();
  return profile(engine, compute);
}

/** 1 within half of each side, 0 around it. */
function centredSquare(size: number): Float32Array {
  const inside = (i: number): boolean => i >= size / 4 && i < (3 * size) / 4;
  return Float32Array.from({ length: size * size }, (_, i) => Number(inside(Math.floor(i / size)) && inside(i % size)));
}
