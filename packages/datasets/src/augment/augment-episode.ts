import { fold } from '@hypercorr/tensor';
import type { Episode, ReadSample } from '../episode/dataset.ts';
import { streamKey } from '../episode/draw-samples.ts';
import { Draws } from '../generate/draws.ts';
import type { Mask } from '../image/image.ts';
import { resizeBilinear } from '../image/resize-bilinear.ts';
import { resizeNearest } from '../image/resize-nearest.ts';
import { changeColours } from './colour.ts';
import { crop, drawBox } from './crop.ts';
import { flipHorizontally } from './flip.ts';
import { drawPlace, surrounded } from './zoom.ts';

/**
 * How a picture and its mask can be changed: mirrored, cropped and enlarged again, with other colours, or reduced. The
 * order decides the random numbers, so a new kind stands at the end.
 */
export const augmentations = ['flip', 'crop', 'colour', 'zoom'] as const;
export type Augmentation = (typeof augmentations)[number];

export interface AugmentOptions {
  /** The same seed changes the same episode in the same way. */
  readonly seed: number;
  readonly augment: readonly Augmentation[];
}

/** How far the factors of brightness, contrast and saturation go from 1. */
const colourStrength = 0.4;

/**
 * Changes the pictures of an episode. Each picture is changed on its own, together with its mask, and keeps its size.
 * The random numbers depend only on the seed, the episode's number and the picture's place in the episode, so a resumed
 * training sees the same pictures. The published HSNet does none of this.
 *
 * - `flip`: mirrors left to right, in half of the cases;
 * - `crop`: takes a part that still shows some of the object (`drawBox`), if there is one, and resizes it to the picture's size;
 * - `zoom`: reduces the picture by up to a half, so that objects are smaller, and surrounds it by its mirror images
 *   (`drawPlace`), before `crop`;
 * - `colour`: changes colours (`changeColours`) by factors uniform in [0.6, 1.4).
 */
export function augmentEpisode(episode: Episode<ReadSample>, { seed, augment }: AugmentOptions): Episode<ReadSample> {
  const ofEpisode = fold(streamKey(seed, 'augment'), episode.plan.index);
  const changed = (item: ReadSample, place: number): ReadSample => {
    // Each kind has its own stream, so its numbers do not depend on which other kinds are used.
    const draws = (kind: Augmentation) => new Draws(fold(fold(ofEpisode, place), augmentations.indexOf(kind)));
    let now = item;
    if (augment.includes('flip')) now = flipped(now, draws('flip'));
    if (augment.includes('zoom')) now = zoomed(now, draws('zoom'));
    if (augment.includes('crop')) now = cropped(now, draws('crop'));
    if (augment.includes('colour')) now = coloured(now, draws('colour'));
    return now;
  };
  return {
    ...episode,
    query: changed(episode.query, 0),
    supports: episode.supports.map((support, i) => changed(support, i + 1)),
  };
}

function flipped(item: ReadSample, draws: Draws): ReadSample {
  if (!draws.chance(0.5)) return item;
  return { ...item, image: flipHorizontally(item.image, 3), mask: flipHorizontally(item.mask, 1) };
}

function zoomed(item: ReadSample, draws: Draws): ReadSample {
  const { width, height } = item.image;
  const place = drawPlace({ width, height }, draws);
  const mask = resizeNearest(item.mask, place);
  // Nearest pixels may miss an object of a pixel or two.
  if (!keepsObject(item.mask, mask)) return item;
  return {
    ...item,
    image: surrounded(resizeBilinear(item.image, place), place, { width, height }, 3),
    mask: surrounded(mask, place, { width, height }, 1),
  };
}

function cropped(item: ReadSample, draws: Draws): ReadSample {
  const { width, height } = item.image;
  const box = drawBox({ width, height }, draws, (tried) => keepsObject(item.mask, crop(item.mask, tried, 1)));
  if (box === undefined) return item;
  // No side shrinks, so nearest pixels keep every pixel of the box, and with it the object.
  const mask = resizeNearest(crop(item.mask, box, 1), { width, height });
  return { ...item, image: resizeBilinear(crop(item.image, box, 3), { width, height }), mask };
}

/** Whether a changed mask still marks something, if the whole one does. A picture without the object loses none. */
function keepsObject(whole: Mask, changed: Mask): boolean {
  return changed.data.includes(1) || !whole.data.includes(1);
}

function coloured(item: ReadSample, draws: Draws): ReadSample {
  const factor = (): number => draws.between(1 - colourStrength, 1 + colourStrength);
  return {
    ...item,
    image: changeColours(item.image, { brightness: factor(), contrast: factor(), saturation: factor() }),
  };
}
