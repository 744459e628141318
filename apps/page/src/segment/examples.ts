import { figureClasses, renderScene, type FigureClass, type Mask, type RgbImage } from '@hypercorr/datasets';

/** A drawn picture and the mask of its figure. */
export interface Example {
  readonly image: RgbImage;
  readonly mask: Mask;
}

const everyClass = figureClasses();

/** The demo's held-out classes, which its network has not seen. */
export const heldOutClasses: readonly FigureClass[] = everyClass.filter(({ set }) => set === 'held-out');

/** The size of the pictures that the demo trains on. */
const size = 160;

/** Draws picture number `index` of a class. Each index has its own picture, which is always the same. */
export function drawExample(cls: FigureClass, index: number): Example {
  const { width, height, pixels, mask } = renderScene(everyClass, cls, index, { seed: 0, size });
  return { image: { width, height, data: pixels }, mask: { width, height, data: mask } };
}
