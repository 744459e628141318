import { add, crossEntropy, fromArray, type Tensor } from '@hypercorr/tensor';
import type { FeatureMap } from '@hypercorr/vision';

/**
 * The mean cross-entropy over pixels, L = −mean ln softmax(z − (0, ln w))[label]. With w = 1 it is the published loss
 * (Min et al., ICCV 2021, section 3.4). Objects are small, and a learner that has not seen much is careful to call a pixel
 * foreground: trained with w > 1, argmax does so from a probability of 1 / (1 + w) on (logit adjustment: Menon et al.,
 * *Long-tail learning via logit adjustment*, ICLR 2021, equation 10).
 *
 * @param logits [B, 2, H, W]
 * @param labels [B, H, W], 1 for foreground
 * @param foregroundWeight w
 * @returns a tensor without axes
 */
export function segmentationLoss(
  logits: FeatureMap,
  labels: Tensor<readonly [number, number, number], 'int32'>,
  foregroundWeight: number,
): Tensor<readonly [], 'float32'> {
  if (foregroundWeight === 1) return crossEntropy(logits, labels);
  const shift = fromArray(Float32Array.of(0, -Math.log(foregroundWeight)), [1, 2, 1, 1], { engine: logits.engine });
  return crossEntropy(add(logits, shift), labels);
}
