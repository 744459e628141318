import type { Module } from '@hypercorr/nn';
import type { Shape } from '@hypercorr/tensor';
import { bytesPerElement, sizeAt, sizeOf, type Handle } from '@hypercorr/tensor/op';
import type { PlannedOp } from '@hypercorr/tensor/planning';

/** What one layer costs for one query and one support; of the backbone, for one image. */
export interface LayerCost {
  /** As in the state: `hpn_learner.encoder_layer4.0.conv1`; or `correlation.shallow`. */
  readonly name: string;
  /** Shape of what it computes; none for a batch norm that is folded into the convolution before it. */
  readonly output: Shape | undefined;
  readonly params: number;
  /** Multiply-adds. */
  readonly macs: number;
  /** Bytes of what it computes. */
  readonly activationBytes: number;
}

/** The levels' names, in the order in which the model correlates them. */
const correlations = ['correlation.shallow', 'correlation.middle', 'correlation.deep'];

/** Assigns planned operations to the layers of a model. */
export class LayerCounter {
  /** Layers by what they compute with: their state, and what is made of nothing else (folded weights). */
  readonly #owners = new Map<Handle, string>();
  readonly #layers = new Map<string, LayerCost>();
  #correlated = 0;

  constructor(model: Module) {
    for (const [name, { value }] of Object.entries(model.namedParameters())) {
      const layer = layerOf(name);
      this.#update(layer, { params: (this.#layers.get(layer)?.params ?? 0) + value.size });
    }
    for (const [name, tensor] of Object.entries(model.stateDict())) {
      this.#owners.set(tensor.storage('complexity').handle, layerOf(name));
    }
  }

  get layers(): readonly LayerCost[] {
    return [...this.#layers.values()];
  }

  count(planned: PlannedOp): void {
    const { name, inputs, output } = planned;
    const owners = Object.values(inputs).map(
      ({ handle, shape }) => this.#owners.get(handle) ?? (sizeOf(shape) === 1 ? 'scalar' : undefined),
    );
    const constant = owners.find((owner) => owner !== 'scalar');
    if (constant !== undefined && !owners.includes(undefined)) {
      this.#owners.set(output.handle, constant);
      return;
    }
    const layer = name === 'hypercorrelation' ? correlations[this.#correlated++] : this.#ownerOfWeight(planned);
    if (layer === undefined) return;
    const activationBytes = sizeOf(output.shape) * bytesPerElement(output.dtype);
    // A layer that runs for the query and for the support is counted once.
    this.#update(layer, { output: output.shape, macs: multiplyAdds(planned), activationBytes });
  }

  #ownerOfWeight({ inputs: { weight } }: PlannedOp): string | undefined {
    return weight && this.#owners.get(weight.handle);
  }

  #update(name: string, cost: Partial<LayerCost>): void {
    const before = this.#layers.get(name) ?? { name, output: undefined, params: 0, macs: 0, activationBytes: 0 };
    this.#layers.set(name, { ...before, ...cost });
  }
}

/** `a.b.weight` → `a.b` */
function layerOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

/** Every tap counts, also where it sees padding, and every support position, also where the mask is zero. */
function multiplyAdds({ name, inputs, output }: PlannedOp): number {
  switch (name) {
    case 'conv2d':
    case 'conv4d': {
      // An element of the output sums over one output channel's share of the weight.
      const weight = inputs['weight']?.shape ?? [0];
      return sizeOf(output.shape) * sizeOf(weight.slice(1));
    }
    case 'hypercorrelation': {
      // Pairs of positions, and the channels of each tap.
      const [batch = 0, , ...planes] = output.shape;
      const queries = Object.entries(inputs).filter(([input]) => input.startsWith('query'));
      return queries.reduce((total, [, { shape }]) => total + batch * sizeOf(planes) * sizeAt(shape, 1), 0);
    }
    default:
      return 0;
  }
}
