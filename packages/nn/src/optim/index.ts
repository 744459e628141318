export { Adam, type AdamOptions } from './adam.ts';
export { Optimizer, type Memory, type UpdateContext } from './optimizer.ts';
export { SGD, type SGDOptions } from './sgd.ts';
