import { resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { Canvas, fitText, lineHeight } from './canvas.ts';
import { drawOverlay } from './overlay.ts';

/** One episode on a sheet. Masks have the size of their image. */
export interface ContactRow {
  /** Written below the row: what it shows, its score. */
  readonly caption: string;
  readonly support: { readonly image: RgbImage; readonly mask: Mask };
  /** How many supports the episode has; `support` is the first of them. */
  readonly shots: number;
  readonly query: RgbImage;
  /** Left blank where nobody knows. */
  readonly truth: Mask | undefined;
  readonly prediction: Mask;
}

export interface ContactSheetOptions {
  /** Side in pixels of the square that each picture is fitted into. */
  readonly cell?: number;
}

const headings = ['support', 'query', 'truth', 'prediction'] as const;
const gap = 6;

/** Episodes below each other: support with its mask, query, query with the truth, query with the prediction. */
export function drawContactSheet(rows: readonly ContactRow[], { cell = 160 }: ContactSheetOptions = {}): RgbImage {
  const header = gap + lineHeight(2) + gap;
  const rowHeight = cell + gap + lineHeight() + 2 * gap;
  const left = (column: number): number => gap + column * (cell + gap);
  const sheet = new Canvas(left(headings.length), header + rows.length * rowHeight);

  for (const [column, heading] of headings.entries()) sheet.write(fitText(heading, cell, 2), left(column), gap, 2);
  for (const [index, { caption, support, shots, query, truth, prediction }] of rows.entries()) {
    const top = header + index * rowHeight;
    const pictures = [
      fitted(support.image, cell, support.mask),
      fitted(query, cell),
      truth === undefined ? undefined : fitted(query, cell, truth),
      fitted(query, cell, prediction),
    ];
    for (const [column, picture] of pictures.entries()) {
      if (picture !== undefined) sheet.place(picture, left(column), top);
    }
    const shown = shots === 1 ? caption : `${caption}, 1 of ${shots} supports shown`;
    sheet.write(fitText(shown, sheet.width - 2 * gap), gap, top + cell + gap);
  }
  return sheet;
}

/** The picture at the largest size that fits into the cell, its proportions kept. */
function fitted(image: RgbImage, cell: number, mask?: Mask): RgbImage {
  const scale = cell / Math.max(image.width, image.height);
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  const small = resizeBilinear(image, size);
  return mask === undefined ? small : drawOverlay(small, resizeNearest(mask, size));
}
