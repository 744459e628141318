import type { InitialisationOptions } from '@hypercorr/nn';
import { halfOf, perPlane, type PerPlane, type PlaneSetting, type Two, type Window4d } from '../geometry.ts';

/** The options of a 4D convolution with weights of its own. */
export interface Conv4dOptions<In extends number, Out extends number> extends InitialisationOptions {
  readonly inChannels: In;
  readonly outChannels: Out;
  /** Sizes of the kernel. A plane left out of `{ query?, support? }` has size 1. */
  readonly kernel: PlaneSetting;
  /** 1 by default. */
  readonly stride?: PlaneSetting | undefined;
  /**
   * Zeros on every side of a plane, by default ⌊kernel / 2⌋: with stride 1 an odd kernel then keeps the plane's size.
   */
  readonly padding?: PlaneSetting | undefined;
}

/** The names of the options of a 4D convolution. */
export const conv4dNames = {
  inChannels: true,
  outChannels: true,
  kernel: true,
  stride: true,
  padding: true,
  key: true,
  engine: true,
};

/** The kernel's sizes, and the window's stride and padding. */
export function geometryOf({
  kernel,
  stride,
  padding,
}: Pick<Conv4dOptions<number, number>, 'kernel' | 'stride' | 'padding'>): {
  readonly kernel: PerPlane<Two>;
  readonly window: Window4d;
} {
  const sizes = perPlane(kernel, 1);
  return { kernel: sizes, window: { stride: perPlane(stride, 1), padding: perPlane(padding, halfOf(sizes)) } };
}
