import type { Module } from '@hypercorr/nn';
import type { Shape } from '@hypercorr/tensor';
import { bytesPerElement, sizeAt, sizeOf, type BackendOperand, type Handle } from '@hypercorr/tensor/op';

/** The cost of one layer for one input. */
export interface LayerCost {
  /** The name in the state, as `backbone.layer1.0.conv1`, or the name that a rule gives. */
  readonly name: string;
  /** Shape of the layer's output; absent for a batch norm that is folded into the convolution before it. */
  readonly output: Shape | undefined;
  readonly params: number;
  /** Multiply-adds. */
  readonly macs: number;
  /** Bytes of the layer's output. */
  readonly activationBytes: number;
}

/** An operation that a model asks its backend for. */
export interface CountedOp {
  readonly name: string;
  readonly inputs: Readonly<Record<string, BackendOperand>>;
  readonly output: BackendOperand;
}

/** How operations of one name are counted. */
export interface CountingRule {
  multiplyAdds(op: CountedOp): number;
  /**
   * The layer's name, for operations without weights. It is called once for each operation; undefined leaves the
   * operation out.
   */
  layer?(op: CountedOp): string | undefined;
}

/** Multiply-adds of a convolution: every output sums over one output channel's share of the weight, padding included. */
export function convolutionMultiplyAdds({ inputs: { weight }, output }: CountedOp): number {
  return sizeOf(output.shape) * sizeOf(weight?.shape.slice(1) ?? [0]);
}

/**
 * The operations that this package counts. Other operations form no products, or their own package has a rule for them.
 */
const ownRules: Readonly<Record<string, CountingRule>> = {
  conv2d: { multiplyAdds: convolutionMultiplyAdds },
  matmul: {
    // Every output sums over the inner axis: a is [..., m, k] or [..., k, m], and the output [..., m, n].
    multiplyAdds: ({ inputs: { a }, output }) =>
      sizeOf(output.shape) * (sizeOf(a?.shape.slice(-2) ?? [0]) / Math.max(1, sizeAt(output.shape, -2))),
  },
};

/**
 * Measures the cost of each layer of a model, from the operations that the model asks its backend for. A layer is
 * recognised by its weights: an operation that reads one belongs to the layer. A layer that runs several times counts
 * once.
 */
export class LayerCounter {
  /** Layers by the tensors of their state, and by tensors computed from nothing else (folded weights). */
  readonly #owners = new Map<Handle, string>();
  readonly #layers = new Map<string, LayerCost>();
  readonly #rules: Readonly<Record<string, CountingRule>>;

  /** @param rules for operations of other packages, by their names */
  constructor(model: Module, rules: Readonly<Record<string, CountingRule>> = {}) {
    this.#rules = { ...ownRules, ...rules };
    for (const [name, { value }] of Object.entries(model.namedParameters())) {
      const layer = layerOf(name);
      this.#update(layer, { params: (this.#layers.get(layer)?.params ?? 0) + value.size });
    }
    for (const [name, tensor] of Object.entries(model.stateDict())) {
      this.#owners.set(tensor.storage('complexity').handle, layerOf(name));
    }
  }

  /** The layers in the order of the state, followed by layers that only rules name. */
  get layers(): readonly LayerCost[] {
    return [...this.#layers.values()];
  }

  /** Counts one operation. */
  count(op: CountedOp): void {
    const { inputs, output } = op;
    const owners = Object.values(inputs).map(
      ({ handle, shape }) => this.#owners.get(handle) ?? (sizeOf(shape) === 1 ? 'scalar' : undefined),
    );
    const constant = owners.find((owner) => owner !== 'scalar');
    if (constant !== undefined && !owners.includes(undefined)) {
      this.#owners.set(output.handle, constant);
      return;
    }
    const rule = this.#rules[op.name];
    const layer = rule?.layer === undefined ? this.#layerOfWeight(op, rule !== undefined) : rule.layer(op);
    if (layer === undefined) return;
    const activationBytes = sizeOf(output.shape) * bytesPerElement(output.dtype);
    this.#update(layer, { output: output.shape, macs: rule?.multiplyAdds(op) ?? 0, activationBytes });
  }

  /** The layer of the input `weight`. For an operation with products, the layer of any input. */
  #layerOfWeight({ inputs }: CountedOp, hasProducts: boolean): string | undefined {
    const { weight } = inputs;
    if (weight !== undefined) return this.#owners.get(weight.handle);
    if (!hasProducts) return undefined;
    return Object.values(inputs)
      .map(({ handle }) => this.#owners.get(handle))
      .find((owner) => owner !== undefined);
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
