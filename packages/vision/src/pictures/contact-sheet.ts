import { checkOptions } from '@hypercorr/tensor/op';
import { resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { Canvas, fitText, lineHeight } from './canvas.ts';
import { drawOverlay } from './overlay.ts';

/** A row of panels to compare: for example a query, its truth and a prediction. */
export interface Picture {
  /** A short name, also used in the file's name. */
  readonly name: string;
  /** A description of the picture, with its score. */
  readonly caption: string;
  readonly panels: readonly Panel[];
}

/** One image of a picture. */
export interface Panel {
  /** A word or two: `'query'`. */
  readonly title: string;
  /** Further text, shown if there is room: `'1 of 3'`. */
  readonly detail?: string;
  /** The panel stays blank without an image. */
  readonly image: RgbImage | undefined;
  /** Drawn over the image. It has the image's size. */
  readonly mask?: Mask | undefined;
}

export interface ContactSheetOptions {
  /** Side in pixels of the square that holds each panel. */
  readonly cell?: number;
}

const gap = 6;

/** Draws the pictures below each other, with their captions. The first picture's titles stand above the columns. */
export function drawContactSheet(pictures: readonly Picture[], options: ContactSheetOptions = {}): RgbImage {
  checkOptions('drawContactSheet', options, { cell: true });
  const { cell = 160 } = options;
  const header = gap + lineHeight(2) + gap;
  const rowHeight = cell + gap + lineHeight() + 2 * gap;
  const left = (column: number): number => gap + column * (cell + gap);
  const columns = Math.max(0, ...pictures.map(({ panels }) => panels.length));
  const sheet = new Canvas(left(columns), header + pictures.length * rowHeight);

  for (const [column, { title }] of (pictures[0]?.panels ?? []).entries())
    sheet.write(fitText(title, cell, 2), left(column), gap, 2);
  for (const [index, { caption, panels }] of pictures.entries()) {
    const top = header + index * rowHeight;
    for (const [column, { image, mask }] of panels.entries()) {
      if (image !== undefined) sheet.place(fitted(image, cell, mask), left(column), top);
    }
    const details = panels.flatMap(({ title, detail }) => (detail === undefined ? [] : `${title} ${detail}`));
    const shown = [caption, ...details].join(', ');
    sheet.write(fitText(shown, sheet.width - 2 * gap), gap, top + cell + gap);
  }
  return sheet;
}

/** The image at the largest size that fits into the cell, with its proportions kept. */
function fitted(image: RgbImage, cell: number, mask: Mask | undefined): RgbImage {
  const scale = cell / Math.max(image.width, image.height);
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  const small = resizeBilinear(image, size);
  return mask === undefined ? small : drawOverlay(small, resizeNearest(mask, size));
}
