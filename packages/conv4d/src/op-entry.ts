// `@hypercorr/conv4d/op`: the operations' records, and the type checks in signatures.
export { conv4dInputGradientOp, type Conv4dGradientAttrs } from './ops/conv4d-input-gradient.ts';
export { conv4dWeightGradientOp } from './ops/conv4d-weight-gradient.ts';
export { conv4dOp } from './ops/conv4d.ts';
export type {
  Conv4dCheck,
  CorrelationCheck,
  PivotWeightCheck,
  PlaneWeightCheck,
  SupportWeightCheck,
} from './shapes.ts';
