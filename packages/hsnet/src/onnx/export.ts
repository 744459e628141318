import { conv4dLowerings } from '@hypercorr/conv4d/onnx';
import { exportModule } from '@hypercorr/onnx';
import { Engine, ShapeError, scope, zeros, type Pair, type Shape } from '@hypercorr/tensor';
import { checkOptions, pair } from '@hypercorr/tensor/op';
import { planningBackend } from '@hypercorr/tensor/planning';
import { HSNet } from '../hsnet.ts';
import { asFeatureMap, type FeatureMap } from '@hypercorr/vision';
import { guidanceTaps, learnerInputs } from '../pyramid-taps.ts';
import { asCorrelations, pyramidOf } from '../shapes.ts';
import { hsnetLowerings } from './lowerings.ts';

export const onnxParts = ['model', 'learner'] as const;

export interface OnnxOptions {
  /** Height and width of the images; a single number stands for both. The exported model takes no other size. */
  readonly size: Pair;
  /**
   * - `'model'`, the default: `query` [1, 3, H, W] and `support` [1, 3, H, W], normalised by ImageNet's mean and standard
   *   deviation, and `mask` [1, H, W], 1 on the object and 0 elsewhere → `logits` [1, 2, H, W]
   * - `'learner'`: the correlations `deep`, `middle` and `shallow`, [1, taps, hq, wq, hs, ws] → `logits`
   *   [1, 2, 2 hq, 2 wq] of the shallow level. With the addition `prototypes` also the correlations with them,
   *   `deepPrototypes`, `middlePrototypes` and `shallowPrototypes`, [1, taps, hq, wq, 1, 1]. With `guidance` also the query's
   *   feature maps `guidance4`, `guidance8` and `guidance16`, named by their strides, [1, C, h, w].
   */
  readonly part?: (typeof onnxParts)[number];
}

/**
 * Traces a model and writes it as ONNX (operator set 17), for one query and one support of a fixed size. Runtimes have no
 * 4D convolutions, so these are written as 2D convolutions. Batch norms are folded into the convolutions before them. The export is
 * always in evaluation mode.
 *
 * @returns the file's bytes
 * @throws ShapeError for a size too small for the backbone
 *
 * @example await writeFile('hsnet.onnx', await exportOnnx(model, { size: 400 }));
 */
export async function exportOnnx(model: HSNet, options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('exportOnnx', options, { size: true, part: true });
  const { size, part = 'model' } = options;
  const { backboneName: backbone, kernel, supportMasking, additions } = model;
  const shared = {
    name: 'hsnet',
    metadata: { backbone, kernel, part },
    lowerings: [...conv4dLowerings, ...hsnetLowerings],
    rebuild: (engine: Engine) => new HSNet({ backbone, kernel, supportMasking, additions, key: null, engine }),
  };
  const plane = pair(size);
  if (part === 'learner') {
    return exportModule(model, {
      ...shared,
      inputs: learnerShapes(model, plane),
      forward: (copy, inputs) => ({
        logits: copy.hpn_learner.forward(
          pyramidOf((level) => asCorrelations(inputAt(inputs, level))),
          {
            guidance: guidanceNames(copy).map((name) => asFeatureMap(inputAt(inputs, name))),
            ...(additions.includes('prototypes') && {
              prototypes: pyramidOf((level) => asCorrelations(inputAt(inputs, prototypeNames[level]))),
            }),
          },
        ),
      }),
    });
  }
  const images = [1, 3, ...plane] as const;
  return exportModule(model, {
    ...shared,
    inputs: { query: images, support: images, mask: [1, ...plane] },
    forward: (copy, { query, support, mask }) => ({ logits: copy.forward(query, support, mask) }),
  });
}

/** The shapes of the learner's inputs for a query and a support of the given size. */
function learnerShapes(source: HSNet, [height, width]: readonly [number, number]): Record<string, Shape> {
  const { backboneName: backbone, kernel, additions } = source;
  const engine = new Engine(planningBackend(() => {}));
  using model = new HSNet({ backbone, kernel, additions, key: null, engine });
  return scope(() => {
    const { guidance, ...features } = model.queryFeatures(zeros([1, 3, height, width], { engine }));
    const { taps } = learnerInputs(model.backbone.taps, additions);
    const planeOf = ([map]: readonly FeatureMap[]) => map?.shape.slice(2) ?? [];
    const names = guidanceNames(model);
    return {
      ...pyramidOf((level) => [1, taps[level], ...planeOf(features[level]), ...planeOf(features[level])]),
      ...(additions.includes('prototypes') &&
        Object.fromEntries(
          levels.map((level) => [prototypeNames[level], [1, taps[level], ...planeOf(features[level]), 1, 1]]),
        )),
      ...Object.fromEntries(guidance.map(({ shape }, i) => [names[i], shape])),
    };
  });
}

const levels = ['deep', 'middle', 'shallow'] as const;
const prototypeNames = pyramidOf((level) => `${level}Prototypes`);

function guidanceNames({ backbone, additions }: HSNet): readonly string[] {
  return additions.includes('guidance') ? guidanceTaps(backbone.taps).map(({ stride }) => `guidance${stride}`) : [];
}

function inputAt<T>(inputs: Readonly<Record<string, T>>, name: string): T {
  const input = inputs[name];
  if (input === undefined) throw new ShapeError('exportOnnx', `the graph has no input ${name}`);
  return input;
}
