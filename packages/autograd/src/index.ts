export { noGrad, stopGradient } from '@hypercorr/tensor';
export { checkpoint } from './checkpoint.ts';
export { grad, pullBack, valueAndGrad, type ValueAndGrad } from './grad.ts';
export { gradCheck, type GradCheckOptions, type GradCheckReport } from './grad-check.ts';
export { once } from './once.ts';
