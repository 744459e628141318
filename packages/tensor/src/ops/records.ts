// The records of operations, and the types of their attributes. The public functions are in `index.ts`.
export { absOp } from './abs.ts';
export { adamStepOp, type AdamStepAttrs } from './adam-step.ts';
export {
  adaptiveAvgPool2dGradientOp,
  adaptiveAvgPool2dOp,
  type AdaptiveAvgPool2dAttrs,
} from './adaptive-avg-pool2d.ts';
export { addOp } from './add.ts';
export { argMaxOp } from './arg-max.ts';
export { argMinOp } from './arg-min.ts';
export { avgPool2dGradientOp, avgPool2dOp, type AvgPool2dAttrs, type AvgPool2dGradientAttrs } from './avg-pool2d.ts';
export { batchNormOp, batchNormTrainingOp, type BatchNormAttrs } from './batch-norm.ts';
export { broadcastToOp, type BroadcastToAttrs } from './broadcast-to.ts';
export { castOp, type CastAttrs } from './cast.ts';
export { clampOp, type ClampAttrs } from './clamp.ts';
export { equalOp, greaterEqualOp, greaterOp, lessEqualOp, lessOp, notEqualOp } from './comparisons.ts';
export { concatOp, type ConcatAttrs } from './concat.ts';
export { conv2dOp, type Conv2dAttrs } from './conv2d.ts';
export { conv2dInputGradientOp, type Conv2dGradientAttrs } from './conv2d-input-gradient.ts';
export { conv2dWeightGradientOp } from './conv2d-weight-gradient.ts';
export { cosOp } from './cos.ts';
export { cumsumOp, type CumsumAttrs } from './cumsum.ts';
export { divOp } from './div.ts';
export type { OperandsCheck } from './elementwise.ts';
export { erfOp } from './erf.ts';
export { expOp } from './exp.ts';
export { flipOp, type FlipAttrs } from './flip.ts';
export { gatherOp, scatterAddOp, type GatherAttrs, type ScatterAddAttrs } from './gather.ts';
export { geluOp, type GeluAttrs } from './gelu.ts';
export { gridSampleOp } from './grid-sample.ts';
export {
  gridSampleGridGradientOp,
  gridSampleInputGradientOp,
  type GridSampleInputGradientAttrs,
} from './grid-sample-gradients.ts';
export type { GridSampleAttrs } from './sample-places.ts';
export { groupNormOp } from './group-norm.ts';
export { indexAddOp, indexSelectOp, type IndexAddAttrs, type IndexSelectAttrs } from './index-select.ts';
export { layerNormOp } from './layer-norm.ts';
export { leakyReluOp, type LeakyReluAttrs } from './leaky-relu.ts';
export { logOp } from './log.ts';
export { log1pOp } from './log1p.ts';
export { logSoftmaxOp } from './log-softmax.ts';
export { logSumExpOp } from './log-sum-exp.ts';
export { matmulOp, type MatMulAttrs } from './matmul.ts';
export { maxOp } from './max.ts';
export { maximumOp } from './maximum.ts';
export { maxPool2dGradientOp, maxPool2dOp } from './max-pool2d.ts';
export { meanOp } from './mean.ts';
export { minOp } from './min.ts';
export { minimumOp } from './minimum.ts';
export { movingAverageOp, type MovingAverageAttrs } from './moving-average.ts';
export { mulOp } from './mul.ts';
export { negOp } from './neg.ts';
export { nllLossGradientOp, nllLossOp, type NllLossAttrs, type NllLossGradientAttrs } from './nll-loss.ts';
export { nllTermsGradientOp, nllTermsOp } from './nll-terms.ts';
export { normOp, type NormAttrs } from './norm.ts';
export {
  normalizationInputGradientOp,
  normalizationWeightGradientOp,
  type NormalizationAttrs,
} from './normalization.ts';
export { permuteOp, type PermuteAttrs } from './permute.ts';
export type { PoolWindow } from '../kernels/pool.ts';
export { powOp } from './pow.ts';
export { prodOp } from './prod.ts';
export { reciprocalOp } from './reciprocal.ts';
export type { ReductionAttrs } from './reduction.ts';
export { reluGradientOp, reluOp } from './relu.ts';
export { reshapeOp, type ReshapeAttrs } from './reshape.ts';
export { resizeBilinearGradientOp, resizeBilinearOp, type ResizeBilinearAttrs } from './resize-bilinear.ts';
export { sigmoidOp } from './sigmoid.ts';
export { sinOp } from './sin.ts';
export { padOp, sliceOp, type PadAttrs, type SliceAttrs } from './slice-pad.ts';
export { softmaxOp, type AxisAttrs } from './softmax.ts';
export { softplusOp } from './softplus.ts';
export { argSortOp, type ArgSortAttrs } from './sort.ts';
export { sqrtOp } from './sqrt.ts';
export { squareOp } from './square.ts';
export { subOp } from './sub.ts';
export { sumOp } from './sum.ts';
export { tanhOp } from './tanh.ts';
export { varianceOp, type VarianceAttrs } from './variance.ts';
export { whereOp } from './where.ts';
export { modOp } from './mod.ts';
export { ceilOp, floorOp, roundOp, signOp } from './rounding.ts';
export type { PreluCheck } from './prelu.ts';
export type { MatricesCheck } from './triangle.ts';
export { scatterOp, type ScatterAttrs } from './scatter.ts';
