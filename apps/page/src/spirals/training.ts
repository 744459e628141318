import { Adam, Linear, ReLU, Sequential, lossAndGradients } from '@hypercorr/nn';
import {
  argMax,
  crossEntropy,
  fromArray,
  item,
  key,
  read,
  scope,
  slice,
  softmax,
  childKeys,
  type Engine,
  type Key,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { pixelGrid, twoSpirals, type Points } from './spiral-data.ts';

/** The number of points of each spiral, in the training set and in the test set. */
const perClass = 300;

/** Trains a network to tell two spirals apart. Every step uses all points. Dispose of the object after use. */
export class SpiralTraining implements Disposable {
  readonly points: Points;
  readonly #unseen: Points;
  readonly #engine: Engine;
  readonly #model: Sequential;
  readonly #optimizer: Adam;
  readonly #x: Tensor<Shape, 'float32'>;
  readonly #labels: Tensor<Shape, 'int32'>;
  #steps = 0;

  constructor(engine: Engine, seed: number) {
    const [trainKey, testKey, weightKey] = childKeys(key(seed), 3) as [Key, Key, Key];
    this.points = twoSpirals(trainKey, perClass);
    this.#unseen = twoSpirals(testKey, perClass);
    this.#engine = engine;
    this.#model = network(weightKey, engine);
    this.#optimizer = new Adam(this.#model, { learningRate: 1e-2 });
    this.#x = this.#upload(this.points.positions);
    this.#labels = fromArray(this.points.labels, [this.points.labels.length], { engine });
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** @returns the loss before the step: cross entropy, averaged over the points */
  async step(): Promise<number> {
    using loss = scope(() => {
      const { loss, gradients } = lossAndGradients(this.#model, () =>
        crossEntropy(this.#model.forward(this.#x), this.#labels),
      );
      this.#optimizer.step(gradients);
      return loss;
    });
    this.#steps += 1;
    return item(loss);
  }

  /** The share of points outside of the training set that are classified correctly. */
  async accuracy(): Promise<number> {
    const { positions, labels } = this.#unseen;
    using found = scope(() => argMax(this.#model.forward(this.#upload(positions)), { axes: 1 }));
    const predicted = await read(found);
    return labels.filter((label, i) => predicted[i] === label).length / labels.length;
  }

  /** The probability of the second spiral at the centres of `side` × `side` pixels, row by row from the top. */
  async probabilities(side: number): Promise<Float32Array> {
    using second = scope(() => slice(softmax(this.#model.forward(this.#upload(pixelGrid(side))), 1), [[], [1, 2]]));
    return read(second);
  }

  dispose(): void {
    for (const each of [this.#x, this.#labels, this.#optimizer, this.#model]) each.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #upload(positions: Float32Array): Tensor<Shape, 'float32'> {
    return fromArray(positions, [positions.length / 2, 2], { engine: this.#engine });
  }
}

/** A network with two hidden layers of 64 units, which is enough to follow both spirals. */
function network(from: Key, engine: Engine): Sequential {
  const keys = childKeys(from, 3) as [Key, Key, Key];
  return new Sequential(
    new Linear({ inFeatures: 2, outFeatures: 64, key: keys[0], engine }),
    new ReLU(),
    new Linear({ inFeatures: 64, outFeatures: 64, key: keys[1], engine }),
    new ReLU(),
    new Linear({ inFeatures: 64, outFeatures: 2, key: keys[2], engine }),
  );
}
