/** What the kernels of operations are written with, for packages that define operations of their own. */
export * from './backends/gpu/source.ts';
export { forEachOffset } from './backends/reference/loops.ts';
