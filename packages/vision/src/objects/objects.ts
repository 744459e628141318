import type { Mask } from '@hypercorr/datasets';
import { checkOptions } from '@hypercorr/tensor/op';
import { connectedComponents, type Components, type PixelBox } from './components.ts';
import { outlineOf, type Outline } from './outline.ts';
import { simplifyOutline } from './simplify.ts';

/** An object in a mask: pixels of one class that hang together. */
export interface MaskObject {
  /** Its class's number in the mask. */
  readonly value: number;
  /** How many pixels it has. */
  readonly area: number;
  readonly box: PixelBox;
  /** 1 on the object, for each pixel of the box, row by row. */
  readonly pixels: Uint8Array;
  /** Along the edges of its pixels, or within the tolerance of them. */
  readonly outline: Outline;
}

/**
 * The objects of a mask, class by class, each from the top. Pixels hang together side by side.
 *
 * @param mask 0 background, each other number a class
 * @param options `tolerance`: how far in pixels an outline may be from the object's edges; 0 if absent
 *
 * @example
 * for (const { value, outline } of maskObjects(mask, { tolerance: 1 })) console.log(classes[value - 1], outline.outer);
 */
export function maskObjects(
  mask: Mask,
  options: { readonly tolerance?: number | undefined } = {},
): readonly MaskObject[] {
  checkOptions('maskObjects', options, { tolerance: true });
  const { tolerance = 0 } = options;
  const values = [...new Set(mask.data)].filter((value) => value !== 0).toSorted((a, b) => a - b);
  return values.flatMap((value) => {
    const found = connectedComponents(mask, { value });
    return found.components.map(({ area, box }, i) => {
      const exact = outlineOf(found, { number: i + 1, box, width: mask.width });
      const pixels = pixelsOf(found, { number: i + 1, box, width: mask.width });
      return { value, area, box, pixels, outline: simplifyOutline(exact, tolerance) };
    });
  });
}

/**
 * The box around the pixels of each class, whether or not they hang together; null for a class without any.
 *
 * @returns [left, top, width, height] of class 1, of class 2, …
 */
export function boxesIn({ width, height, data }: Mask, classes: number): readonly (readonly number[] | null)[] {
  const sides = Array.from({ length: classes }, () => ({ left: Infinity, right: -1, top: -1, bottom: -1 }));
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, at += 1) {
      const box = sides[(data[at] ?? 0) - 1];
      if (box === undefined) continue;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (box.top < 0) box.top = y;
      box.bottom = y;
    }
  return sides.map(({ left, right, top, bottom }) =>
    right < 0 ? null : [left, top, right - left + 1, bottom - top + 1],
  );
}

function pixelsOf(
  { labels }: Components,
  { number, box, width }: { readonly number: number; readonly box: PixelBox; readonly width: number },
): Uint8Array {
  const pixels = new Uint8Array(box.width * box.height);
  for (let y = 0, to = 0; y < box.height; y += 1)
    for (let x = 0; x < box.width; x += 1, to += 1)
      pixels[to] = Number(labels[(box.top + y) * width + box.left + x] === number);
  return pixels;
}
