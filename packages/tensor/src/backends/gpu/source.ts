/** What records write GPU kernels with: text generators, free of GPU.js. */
export type { GpuPass, GpuSource } from './kernel.ts';
export { floorDiv, floorMod, inside, type GuardedIndex, type IndexText, type SplitIndex } from './index-text.ts';
export { axisNames, elementwise, num, pass, view, type PassOptions, type PassWriter } from './pass.ts';
export { extremePosition, reduce, type Reduction } from './reduce.ts';
export { scan } from './scan.ts';
export { concat, gather } from './gather.ts';
export { argSort } from './sort.ts';
export { tapSource, type TapAxis } from './taps.ts';
