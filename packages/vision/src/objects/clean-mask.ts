import type { Mask } from '@hypercorr/datasets';
import { ShapeError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { connectedComponents } from './components.ts';

export interface CleanOptions {
  /** The radius in pixels by which borders are smoothed; 0 if absent. */
  readonly smooth?: number | undefined;
  /** Whether holes in an object become part of it; false if absent. */
  readonly fillHoles?: boolean | undefined;
  /** Objects of fewer pixels are left out; 0 if absent. */
  readonly minArea?: number | undefined;
}

const optionNames = { smooth: true, fillHoles: true, minArea: true };

/**
 * Cleans a mask of classes. Borders are smoothed first, then holes filled, then small objects left out. A pixel that one class
 * gives up becomes background; a class takes background alone, no pixel of another class.
 *
 * @param mask 0 background, each other number a class
 * @throws ShapeError for a radius or an area that is no whole number from 0
 */
export function cleanMask(mask: Mask, options: CleanOptions): Mask {
  checkOptions('cleanMask', options, optionNames);
  const { smooth = 0, fillHoles = false, minArea = 0 } = options;
  for (const [name, value] of Object.entries({ smooth, minArea }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new ShapeError('cleanMask', `${name} is a whole number of pixels from 0; got ${value}`);
  if (smooth === 0 && !fillHoles && minArea <= 1) return mask;
  const { width, height } = mask;
  const data = mask.data.slice();
  for (const value of new Set(mask.data)) {
    if (value === 0) continue;
    let object: Mask = { width, height, data: mask.data.map((each) => Number(each === value)) };
    if (smooth > 0) object = smoothed(object, smooth);
    if (fillHoles) object = withoutHoles(object);
    if (minArea > 1) object = withoutSmall(object, minArea);
    for (let i = 0; i < data.length; i += 1) {
      const [before, isObject] = [mask.data[i], object.data[i] === 1];
      if (before === value && !isObject) data[i] = 0;
      // Of two classes that grow into the same background, the first has it.
      if (before === 0 && isObject && data[i] === 0) data[i] = value;
    }
  }
  return { width, height, data };
}

/** A pixel becomes what most pixels of the square around it are; beyond the border, the picture repeats its last pixels. */
function smoothed({ width, height, data }: Mask, radius: number): Mask {
  const across = sums({ width, height, data }, radius, 'x');
  const counts = sums({ width, height, data: across }, radius, 'y');
  const half = (2 * radius + 1) ** 2 / 2;
  return { width, height, data: Uint8Array.from(counts, (count) => Number(count > half)) };
}

/** The sums over 2 · radius + 1 pixels along a direction. */
function sums(
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> },
  radius: number,
  along: 'x' | 'y',
): Float64Array {
  const [lines, length, lineStep, step] = along === 'x' ? [height, width, width, 1] : [width, height, 1, width];
  const result = new Float64Array(data.length);
  for (let line = 0; line < lines; line += 1) {
    const at = (i: number): number => data[line * lineStep + Math.min(length - 1, Math.max(0, i)) * step] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i += 1) sum += at(i);
    for (let i = 0; i < length; i += 1) {
      result[line * lineStep + i * step] = sum;
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return result;
}

/** Background that does not reach the picture's border lies in a hole. */
function withoutHoles({ width, height, data }: Mask): Mask {
  const { labels, components } = connectedComponents({ width, height, data }, { value: 0, neighbours: 8 });
  const reaches = components.map(
    ({ box }) => box.left === 0 || box.top === 0 || box.left + box.width === width || box.top + box.height === height,
  );
  return { width, height, data: labels.reduce(filled, new Uint8Array(data)) };

  function filled(into: Uint8Array, label: number, i: number): Uint8Array {
    if (label > 0 && reaches[label - 1] !== true) into[i] = 1;
    return into;
  }
}

function withoutSmall(mask: Mask, minArea: number): Mask {
  const { labels, components } = connectedComponents(mask, { neighbours: 8 });
  const data = Uint8Array.from(labels, (label) => Number((components[label - 1]?.area ?? 0) >= minArea));
  return { ...mask, data };
}
