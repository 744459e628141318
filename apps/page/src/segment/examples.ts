import { figureClasses, renderScene, type FigureClass, type Mask, type RgbImage } from '@hypercorr/datasets';

/** A drawn picture, and where its figure is. */
export interface Example {
  readonly image: RgbImage;
  readonly mask: Mask;
}

const everyClass = figureClasses();

/** The demo's held-out classes: its network has not seen them. */
export const heldOutClasses: readonly FigureClass[] = everyClass.filter(({ set }) => set === 'held-out');

/** As large as the pictures that the demo trains on. */
const size = 160;

/** Picture number `index` of a class. Every index gives another picture, and always the same. */
export function drawExample(cls: FigureClass, index: number): Example {
  const { width, height, pixels, mask } = renderScene(everyClass, cls, index, { seed: 0, size });
  return { image: { width, height, data: pixels }, mask: { width, height, data: mask } };
}
