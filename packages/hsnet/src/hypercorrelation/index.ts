export { epsilon, hypercorrelation, hypercorrelationOp } from './hypercorrelation.ts';
export { hypercorrelationShape, type Hypercorrelation, type HypercorrelationCheck } from './shape.ts';
