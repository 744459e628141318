import type { StateDict } from '@hypercorr/nn';
import {
  Engine,
  forEachTensor,
  fromArray,
  noGrad,
  read,
  scope,
  zeros,
  type Pair,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { pair } from '@hypercorr/tensor/op';
import { planningBackend } from '@hypercorr/tensor/planning';
import { HSNet } from '../hsnet.ts';
import type { FeatureMap } from '@hypercorr/vision';
import { asCorrelations, pyramidOf, type Pyramid } from '../shapes.ts';
import { Graph } from '@hypercorr/onnx';
import { lowerings } from './lowerings.ts';
import { TracingBackend } from '@hypercorr/onnx';

export const onnxParts = ['model', 'learner'] as const;

export interface OnnxOptions {
  /** Height and width of the images, one number for both: what is written takes no others. */
  readonly size: Pair;
  /**
   * - `'model'`, the default: `query` [1, 3, H, W] and `support` [1, 3, H, W], normalised by ImageNet's mean and standard
   *   deviation, and `mask` [1, H, W], 1 on the object and 0 elsewhere → `logits` [1, 2, H, W]
   * - `'learner'`: the correlations `deep`, `middle` and `shallow`, [1, taps, hq, wq, hs, ws] → `logits`
   *   [1, 2, 2 hq, 2 wq] of the shallow level
   */
  readonly part?: (typeof onnxParts)[number];
}

/**
 * Writes a model as ONNX (operator set 17) for one query and one support of a fixed size, by letting it run on a backend
 * that writes down what it is asked for. Runtimes have no 4D convolution: it is written as 2D ones. Batch norms are
 * folded into the convolutions before them. The model is evaluated, whatever mode it is in.
 *
 * @returns the file's bytes
 * @throws ShapeError for a size too small for the backbone
 *
 * @example await writeFile('hsnet.onnx', await exportOnnx(model, { size: 400 }));
 */
export async function exportOnnx(
  model: HSNet,
  { size, part = 'model' }: OnnxOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const graph = new Graph();
  const backend = new TracingBackend(graph, lowerings);
  const engine = new Engine(backend);
  using traced = await copyTo(engine, model);
  for (const [name, tensor] of Object.entries(traced.stateDict())) backend.nameConstant(tensor, name);

  const input = <S extends Shape>(name: string, shape: S): Tensor<S, 'float32'> => {
    const tensor = zeros<Shape>(shape, { engine });
    backend.declareInput(tensor, name);
    return tensor as Tensor<S, 'float32'>;
  };
  const plane = pair(size);
  const images = [1, 3, ...plane] as const;
  const runModel = () => traced.forward(input('query', images), input('support', images), input('mask', [1, ...plane]));
  const runLearner = () => {
    const shapes = correlationShapes(model, plane);
    return traced.hpn_learner.forward(pyramidOf((level) => asCorrelations(input(level, shapes[level]))));
  };
  return scope(() => {
    const logits = backend.valueOf(noGrad(part === 'model' ? runModel : runLearner));
    const { backboneName: backbone, kernel } = model;
    return graph.serialise('hsnet', ['logits', logits], { backbone, kernel, part });
  });
}

/** The same model on another engine, evaluated. */
async function copyTo(engine: Engine, model: HSNet): Promise<HSNet> {
  const { backboneName: backbone, kernel, supportMasking } = model;
  const copy = new HSNet({ backbone, kernel, supportMasking, key: null, engine });
  const state: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries<Tensor>(model.stateDict())) {
    state[name] = fromArray<Shape, Awaited<ReturnType<typeof read>>>(await read(tensor), tensor.shape, { engine });
  }
  copy.loadStateDict(state satisfies StateDict);
  forEachTensor(state, (tensor) => tensor.dispose());
  copy.eval();
  return copy;
}

/** The shapes that the learner gets for a query and a support of that size. */
function correlationShapes(
  { backboneName: backbone, kernel }: HSNet,
  [height, width]: readonly [number, number],
): Pyramid<Shape> {
  const engine = new Engine(planningBackend(() => {}));
  using model = new HSNet({ backbone, kernel, key: null, engine });
  return scope(() => {
    const features = model.features(zeros([1, 3, height, width], { engine }));
    const planeOf = ([map]: readonly FeatureMap[]) => map?.shape.slice(2) ?? [];
    return pyramidOf((level) => [1, features[level].length, ...planeOf(features[level]), ...planeOf(features[level])]);
  });
}
