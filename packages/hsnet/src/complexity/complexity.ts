import { Engine, scope, zeros, type Pair } from '@hypercorr/tensor';
import { planningBackend, type PlannedOp } from '@hypercorr/tensor/planning';
import { checkOptions, pair, sizeAt, sizeOf } from '@hypercorr/tensor/op';
import {
  LayerCounter,
  convolutionMultiplyAdds,
  type CountedOp,
  type CountingRule,
  type LayerCost,
} from '@hypercorr/vision';
import { HSNet, type HSNetOptions } from '../hsnet.ts';

export interface ComplexityOptions extends Pick<HSNetOptions, 'backbone' | 'kernel' | 'additions'> {
  /** Height and width of the query and of the support. A single number stands for both. */
  readonly size: Pair;
}

/** The cost of a model: parameters, multiply-adds and memory. */
export interface Complexity {
  readonly learnerParams: number;
  /** Parameters of the backbone, without running statistics and without a classifier, which HSNet does not have. */
  readonly backboneParams: number;
  /**
   * Multiply-adds of convolutions and correlations for one query and one support. The backbone's number is for one of the two
   * images. A convolution counts (elements of the output) × (inputs that one element sums over), padding included. A center-pivot
   * convolution counts both of its planes. Norms, sums and resizing are not counted.
   */
  readonly macs: { readonly backbone: number; readonly correlation: number; readonly learner: number };
  /** The most bytes of tensors at one time in `HSNet.forward`. Includes weights, but not the kernels' working memory. */
  readonly peakBytes: number;
  /** The layers in the order of the state, followed by the correlations: `correlation.shallow`. */
  readonly layers: readonly LayerCost[];
}

/**
 * Counts a model's parameters, multiply-adds and memory for one query and one support. Only shapes are computed, no values.
 *
 * @throws ShapeError for a size too small for the backbone
 */
export function complexity(options: ComplexityOptions): Complexity {
  checkOptions('complexity', options, { backbone: true, kernel: true, additions: true, size: true });
  const { size, ...architecture } = options;
  let observe = (_planned: PlannedOp): void => {};
  const engine = new Engine(planningBackend((planned) => observe(planned)));
  using model = new HSNet({ ...architecture, key: null, engine });
  model.eval();
  const counter = new LayerCounter(model, countingRules());
  observe = (planned) => counter.count(planned);
  engine.resetPeak();
  scope(() => {
    const [height, width] = pair(size);
    const images = zeros([1, 3, height, width], { engine });
    model.forward(images, images, zeros([1, height, width], { engine }));
  });

  const { layers } = counter;
  const total = (part: string, of: 'params' | 'macs') =>
    layers.reduce((sum, layer) => sum + (layer.name.startsWith(`${part}.`) ? layer[of] : 0), 0);
  return {
    learnerParams: total('hpn_learner', 'params'),
    backboneParams: total('backbone', 'params'),
    macs: {
      backbone: total('backbone', 'macs'),
      correlation: total('correlation', 'macs'),
      learner: total('hpn_learner', 'macs'),
    },
    peakBytes: engine.memory().peakBytes,
    layers,
  };
}

/** The levels' names, in the order in which the model correlates them. */
const correlations = ['correlation.shallow', 'correlation.middle', 'correlation.deep'] as const;

/** The rules for counting HSNet's operations in one forward pass. */
function countingRules(): Readonly<Record<string, CountingRule>> {
  let correlated = 0;
  return {
    conv4d: { multiplyAdds: convolutionMultiplyAdds },
    hypercorrelation: { multiplyAdds: pairs, layer: () => correlations[correlated++] },
  };
}

/** Pairs of positions times the channels of each tap. Every support position counts, even where the mask is zero. */
function pairs({ inputs, output }: CountedOp): number {
  const [batch = 0, , ...planes] = output.shape;
  const queries = Object.entries(inputs).filter(([input]) => input.startsWith('query'));
  return queries.reduce((total, [, { shape }]) => total + batch * sizeOf(planes) * sizeAt(shape, 1), 0);
}
