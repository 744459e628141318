import type { KernelName } from '@hypercorr/hsnet';

/** A row of the paper's ablation. */
export interface PublishedCost {
  /** Millions of learner parameters. */
  readonly params: number;
  /** Milliseconds an episode, on one GPU. */
  readonly milliseconds: number;
  /** Gigabytes of GPU memory. */
  readonly memory: number;
  /** 10⁹ floating-point operations. The paper does not say how they were counted. */
  readonly gigaFlops: number;
}

/** Min, Kang and Cho, *Hypercorrelation Squeeze for Few-Shot Segmentation*, ICCV 2021, the ablation of the 4D convolution: ResNet-101, one shot. */
export const published: Readonly<Record<KernelName, PublishedCost>> = {
  full: { params: 11.3, milliseconds: 512.17, memory: 4.12, gigaFlops: 702.35 },
  separable: { params: 4.4, milliseconds: 28.48, memory: 1.5, gigaFlops: 28.4 },
  'center-pivot': { params: 2.6, milliseconds: 25.51, memory: 1.39, gigaFlops: 20.56 },
};
