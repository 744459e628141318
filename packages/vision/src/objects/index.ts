export { cleanMask, type CleanOptions } from './clean-mask.ts';
export { connectedComponents, type Component, type Components, type PixelBox } from './components.ts';
export { boxesIn, maskObjects, type MaskObject } from './objects.ts';
export type { Corner, Outline, Ring } from './outline.ts';
