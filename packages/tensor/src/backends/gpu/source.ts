/** What records write GPU kernels with: text generators, free of GPU.js. */
export type { GpuPass, GpuSource } from './kernel.ts';
export { floorDiv, floorMod, inside, type IndexText } from './index-text.ts';
export { axisNames, elementwise, num, pass, view, type PassOptions, type PassWriter } from './pass.ts';
export { argMax, reduce, type Reduction } from './reduce.ts';
export { concat, gather } from './gather.ts';
export { tapSource, type TapAxis } from './taps.ts';
