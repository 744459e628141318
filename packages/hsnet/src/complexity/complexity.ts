import { Engine, scope, zeros, type Pair } from '@hypercorr/tensor';
import { planningBackend, type PlannedOp } from '@hypercorr/tensor/planning';
import { pair, sizeAt, sizeOf } from '@hypercorr/tensor/op';
import {
  LayerCounter,
  convolutionMultiplyAdds,
  type CountedOp,
  type CountingRule,
  type LayerCost,
} from '@hypercorr/vision';
import { HSNet, type HSNetOptions } from '../hsnet.ts';

export interface ComplexityOptions extends Pick<HSNetOptions, 'backbone' | 'kernel'> {
  /** Height and width of the query and of the support; one number for both. */
  readonly size: Pair;
}

/** What a model costs. */
export interface Complexity {
  readonly learnerParams: number;
  /** Without running statistics. HSNet has no classifier. */
  readonly backboneParams: number;
  /**
   * Multiply-adds of convolutions and correlations for one query and one support; the backbone's are for one of the two
   * images. Every tap of a kernel counts, also where it sees padding: a convolution has (elements of its output) × (inputs
   * that one of them sums over). A center-pivot convolution counts both its planes. Norms, sums and resizing are not counted.
   */
  readonly macs: { readonly backbone: number; readonly correlation: number; readonly learner: number };
  /** The most bytes of tensors at one time in `HSNet.forward`. Weights are included, working memory of kernels is not. */
  readonly peakBytes: number;
  /** The layers in the order of the state, and then the correlations: `correlation.shallow`. */
  readonly layers: readonly LayerCost[];
}

/**
 * Counts a model's parameters, multiply-adds and memory for one query and one support. The model runs on shapes alone.
 *
 * @throws ShapeError for a size too small for the backbone
 */
export function complexity({ backbone, kernel = 'center-pivot', size }: ComplexityOptions): Complexity {
  let observe = (_planned: PlannedOp): void => {};
  const engine = new Engine(planningBackend((planned) => observe(planned)));
  using model = new HSNet({ backbone, kernel, key: null, engine });
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

/** How the operations of HSNet are counted, for one forward pass. */
function countingRules(): Readonly<Record<string, CountingRule>> {
  let correlated = 0;
  return {
    conv4d: { multiplyAdds: convolutionMultiplyAdds },
    hypercorrelation: { multiplyAdds: pairs, layer: () => correlations[correlated++] },
  };
}

/** Pairs of positions times the channels of each tap; every support position counts, also where the mask is zero. */
function pairs({ inputs, output }: CountedOp): number {
  const [batch = 0, , ...planes] = output.shape;
  const queries = Object.entries(inputs).filter(([input]) => input.startsWith('query'));
  return queries.reduce((total, [, { shape }]) => total + batch * sizeOf(planes) * sizeAt(shape, 1), 0);
}
