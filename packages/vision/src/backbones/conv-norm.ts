import { Module, type BatchNorm2d, type Cell, type Conv2d } from '@hypercorr/nn';
import { add, conv2d, div, keep, mul, reshape, scope, sqrt, sub, type Tensor } from '@hypercorr/tensor';
import { activeRecorders } from '@hypercorr/tensor/op';
import type { FeatureMap } from '../shapes.ts';

interface Folded {
  readonly weight: Tensor<readonly [number, number, number, number], 'float32'>;
  readonly bias: Tensor<readonly [number], 'float32'>;
  /** Identities of the tensors that weight and bias were computed from. */
  readonly from: readonly number[];
}

/**
 * A convolution without bias and the batch norm behind it. If the norm uses running statistics and no derivative is
 * needed, both are computed as one convolution:
 *
 *     (W ∗ x − μ) s + β = (W s) ∗ x + (β − μ s),   s = γ / √(σ² + ε) for each output channel
 *
 * The class adds nothing to the state: the network holds the convolution and the norm under their own names.
 */
export class ConvNorm extends Module {
  readonly #conv: Conv2d;
  readonly #norm: BatchNorm2d;
  #folded: Folded | undefined;

  constructor(conv: Conv2d, norm: BatchNorm2d) {
    super();
    this.#conv = conv;
    this.#norm = norm;
  }

  /**
   * @param x [N, channels, H, W]
   * @returns [N, channels', H', W'], as the convolution
   */
  forward(x: FeatureMap): FeatureMap {
    if (this.#norm.training || activeRecorders().length > 0)
      return scope(() => this.#norm.forward(this.#conv.forward(x)));
    const { weight, bias } = this.#fold();
    const { stride, padding, dilation, groups } = this.#conv;
    return conv2d(x, weight, { bias, stride, padding, dilation, groups });
  }

  /** Frees the folded weights. */
  override dispose(): void {
    this.#folded?.weight.dispose();
    this.#folded?.bias.dispose();
    this.#folded = undefined;
  }

  protected override members(): Iterable<readonly [string, Cell | Module]> {
    return [];
  }

  /** The folded weights. They are computed again after a state was loaded or a step of training was taken. */
  #fold(): Folded {
    const { running_mean: mean, running_var: variance, weight: gamma, bias: beta, eps } = this.#norm;
    const { weight } = this.#conv;
    const from = [weight, mean, variance, gamma, beta].map((cell) => cell.value.identity);
    if (this.#folded?.from.every((identity, i) => identity === from[i])) return this.#folded;

    this.dispose();
    const folded = scope(() => {
      const s = div(gamma.value, sqrt(add(variance.value, eps)));
      return { weight: mul(weight.value, reshape(s, [s.size, 1, 1, 1])), bias: sub(beta.value, mul(mean.value, s)) };
    });
    this.#folded = { ...keep(folded), from };
    return this.#folded;
  }
}
