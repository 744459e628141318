import { basename } from 'node:path';
import { encodePng, resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import type { FoundClass, SegmentedImage } from '@hypercorr/hsnet';
import { readMarkedFiles, type FileExample } from '@hypercorr/hsnet/node';
import { drawContactSheet, type Panel, type Picture } from '@hypercorr/vision/pictures';
import { exampleOf, type SupportText } from './support-text.ts';

/** Side in pixels of the square that holds a picture. */
const cell = 240;
/** More would make a picture that viewers cannot open. */
const mostRows = 60;

/** Collects a row for each query: a support of the class that it shows most surely, the query, and what was found. */
export class Sheet {
  readonly #supports = new Map<string, Panel>();
  readonly #rows: Picture[] = [];

  /** Reads the first support of each class. Its mask is drawn in the class's colour. @throws as `readMarkedFiles` */
  static async of(
    classes: ReadonlyMap<string, readonly SupportText[]>,
    how: Pick<FileExample, 'foreground' | 'overStored'>,
  ): Promise<Sheet> {
    const sheet = new Sheet();
    for (const [place, [name, [first]]] of [...classes].entries()) {
      if (first === undefined) continue;
      const { image, mask } = await readMarkedFiles(exampleOf(first, how));
      const coloured = { ...mask, data: mask.data.map((value) => (value === 1 ? place + 1 : 0)) };
      sheet.#supports.set(name, { title: 'marked', ...small(image, coloured) });
    }
    return sheet;
  }

  add(file: string, image: RgbImage, { mask, classes }: SegmentedImage): void {
    if (this.#rows.length === mostRows) return;
    const [surest] = classes.toSorted((a, b) => Number(b.found) - Number(a.found) || b.score - a.score);
    const query = small(image, mask);
    this.#rows.push({
      name: file,
      caption: `${basename(file)}: ${classes.map(shownClass).join(', ')}`,
      panels: [
        ...(surest === undefined ? [] : [this.#supports.get(surest.name) ?? { title: 'marked', image: undefined }]),
        { title: 'query', image: query.image },
        { title: 'found', ...query },
      ],
    });
  }

  /** The sheet as PNG. */
  encode(): Uint8Array {
    return encodePng(drawContactSheet(this.#rows, { cell }));
  }
}

function shownClass({ name, found, score }: FoundClass): string {
  return `${name} ${found ? 'found' : 'not found'} (${score.toFixed(2)})`;
}

/** Reduced to the cell, so that many pictures need little memory. */
function small(image: RgbImage, mask: Mask): { readonly image: RgbImage; readonly mask: Mask } {
  const scale = Math.min(1, cell / Math.max(image.width, image.height));
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  return { image: resizeBilinear(image, size), mask: resizeNearest(mask, size) };
}
