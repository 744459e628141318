export { noGrad, stopGradient } from '@hypercorr/tensor';
export { grad, valueAndGrad, type ValueAndGrad } from './grad.ts';
export { gradCheck, type GradCheckOptions, type GradCheckReport } from './grad-check.ts';
