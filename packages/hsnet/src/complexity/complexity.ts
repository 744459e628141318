import { Engine, scope, zeros, type Pair } from '@hypercorr/tensor';
import { pair } from '@hypercorr/tensor/op';
import { planningBackend, type PlannedOp } from '@hypercorr/tensor/planning';
import { HSNet, type HSNetOptions } from '../hsnet.ts';
import { LayerCounter, type LayerCost } from './layer-counter.ts';

export interface ComplexityOptions extends Pick<HSNetOptions, 'backbone' | 'kernel'> {
  /** Height and width of the query and of the support; one number for both. */
  readonly size: Pair;
}

/** What a model costs. */
export interface Complexity {
  readonly learnerParams: number;
  /** Without running statistics, and without the classifier, which HSNet does not have. */
  readonly backboneParams: number;
  /**
   * Multiply-adds of convolutions and correlations for one query and one support; the backbone's are for one of the two
   * images. Every tap counts, also where it sees padding: a convolution has (elements of its output) × (inputs that one
   * of them sums over), a center-pivot one that of both its planes. Norms, sums and resizing are not counted.
   */
  readonly macs: { readonly backbone: number; readonly correlation: number; readonly learner: number };
  /** The most bytes of tensors at one time in `HSNet.forward`, weights included; working memory of kernels is not. */
  readonly peakBytes: number;
  /** In the order of the state, and then the correlations. */
  readonly layers: readonly LayerCost[];
}

/**
 * Counts a model's parameters, multiply-adds and memory for one query and one support, by letting it run without
 * computing anything.
 *
 * @throws ShapeError for a size too small for the backbone
 */
export function complexity({ backbone, kernel = 'center-pivot', size }: ComplexityOptions): Complexity {
  let observe = (_planned: PlannedOp): void => {};
  const engine = new Engine(planningBackend((planned) => observe(planned)));
  using model = new HSNet({ backbone, kernel, key: null, engine });
  model.eval();
  const counter = new LayerCounter(model);
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
