export { cumulativeSum, cumulativeSumOp, type CumulativeSumAttrs } from './cumulative-sum.ts';
