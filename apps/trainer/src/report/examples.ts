import { join } from 'node:path';
import { encodePng, resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { episodeIou, type ScoredEpisode } from '@hypercorr/hsnet';
import { writeFileAtomically } from '../files.ts';
import { drawContactSheet, drawOverlay, type ContactRow } from '../pictures/index.ts';

/** Collects a few scored episodes to look at: the first of every class, so that they are not chosen by their score. */
export class Examples {
  readonly #rows = new Map<string, ContactRow>();
  readonly #limit: number;

  constructor(limit = 12) {
    this.#limit = limit;
  }

  get rows(): readonly ContactRow[] {
    return [...this.#rows.values()];
  }

  add({ episode: { plan, query, supports }, prediction }: ScoredEpisode): void {
    const [support] = supports;
    if (support === undefined || this.#rows.has(plan.className) || this.#rows.size >= this.#limit) return;
    const { width, height } = query.mask;
    this.#rows.set(plan.className, {
      caption: `${plan.className}, IoU ${episodeIou(prediction, query.mask.data).toFixed(1)}`,
      support,
      shots: supports.length,
      query: query.image,
      truth: query.mask,
      prediction: { width, height, data: prediction },
    });
  }
}

/** What the names of these pictures look like. */
export const overlayName = /^\d{2,}-[a-z0-9-]*\.png$/;

/** Writes a picture for every example and returns the files' names. */
export async function writeOverlays(folder: string, rows: readonly ContactRow[]): Promise<string[]> {
  const files = rows.map(({ caption }, i) => join(folder, `${String(i + 1).padStart(2, '0')}-${slug(caption)}.png`));
  for (const [i, row] of rows.entries()) writeFileAtomically(files[i] ?? '', encodePng(drawContactSheet([row])));
  return files;
}

/** What a name's characters may be in a file's name anywhere. */
function slug(caption: string): string {
  return (caption.split(', IoU ')[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
}

/** A row's pictures by name, small, as data URLs. */
export function thumbnails({
  support,
  shots,
  query,
  truth,
  prediction,
}: ContactRow): readonly (readonly [name: string, url: string])[] {
  return [
    [shots === 1 ? 'support' : `support, 1 of ${shots}`, thumbnail(support.image, support.mask)],
    ['query', thumbnail(query)],
    ['truth', thumbnail(query, truth)],
    ['prediction', thumbnail(query, prediction)],
  ];
}

const side = 200;

function thumbnail(image: RgbImage, mask?: Mask): string {
  const share = Math.min(1, side / Math.max(image.width, image.height));
  const size = {
    width: Math.max(1, Math.round(image.width * share)),
    height: Math.max(1, Math.round(image.height * share)),
  };
  const small = resizeBilinear(image, size);
  const drawn = mask === undefined ? small : drawOverlay(small, resizeNearest(mask, size));
  return `data:image/png;base64,${Buffer.from(encodePng(drawn)).toString('base64')}`;
}
