import type { Size } from '@hypercorr/datasets';
import { cast, forEachTensor, fromArray, greater, keep, max, read, scope, type Engine } from '@hypercorr/tensor';
import type { Plane } from '@hypercorr/vision';
import { combineShots, type Segmentation, type VoteRule } from '../prediction.ts';

/** Rows of an image that are decided together. */
export interface Strip {
  /** The first row. */
  readonly top: number;
  readonly rows: number;
}

/**
 * How many pixels are decided at a time. A decision takes some forty bytes a pixel while it is made, which would be
 * gigabytes for a photograph of a hundred megapixels.
 */
export const usualStripPixels = 2 ** 20;

/** Divides an image into strips of at most `most` pixels, and of one row at least. */
export function stripsOf({ width, height }: Size, most = usualStripPixels): readonly Strip[] {
  const rows = Math.max(1, Math.floor(most / width));
  return Array.from({ length: Math.ceil(height / rows) }, (_, i) => ({
    top: i * rows,
    rows: Math.min(rows, height - i * rows),
  }));
}

/** A class's shots, and how they decide on an image's pixels. */
export interface DecidingShots {
  readonly engine: Engine;
  /** The logits of each shot, [1, 2, h, w]. */
  readonly logits: readonly Float32Array[];
  /** h and w. */
  readonly plane: Plane;
  /** The image's size, which the logits are resized to. */
  readonly size: Size;
  readonly vote?: VoteRule | undefined;
  /** A pixel is the object where its probability is above this. There is no vote then. */
  readonly threshold?: number | undefined;
  /** Runs a computation that a signal may stop. */
  readonly compute: <T>(run: () => T) => T;
}

/**
 * A class's decision on an image, strip by strip: no plane of the image's size is made on the engine.
 *
 * @example
 * const decision = await StripDecision.of(shots, stripsOf(size));
 * const { marked } = await decision.survey();
 */
export class StripDecision {
  readonly strips: readonly Strip[];
  readonly #shots: DecidingShots;
  /** The greatest number of votes in the whole image, which the published rule divides by; undefined for one strip. */
  readonly #mostVotes: number | undefined;

  private constructor(shots: DecidingShots, strips: readonly Strip[], mostVotes?: number) {
    this.#shots = shots;
    this.strips = strips;
    this.#mostVotes = mostVotes;
  }

  static async of(shots: DecidingShots, strips: readonly Strip[]): Promise<StripDecision> {
    const { logits, vote = 'published', threshold } = shots;
    if (threshold !== undefined || vote !== 'published' || strips.length === 1) return new StripDecision(shots, strips);
    const first = new StripDecision(shots, strips, 1);
    // One shot has one vote at most.
    if (logits.length === 1) return first;
    let most = 0;
    for (const strip of strips)
      most = Math.max(most, await first.strip(strip, async ({ votes }) => (await greatest(votes)) ?? 0));
    return new StripDecision(shots, strips, most);
  }

  /** Decides on a strip's pixels, [rows, width] each. The tensors are freed after `use`. */
  async strip<T>(strip: Strip, use: (found: Segmentation) => T | Promise<T>): Promise<T> {
    const found = this.#shots.compute(() => scope(() => keep(this.decide(strip))));
    try {
      return await use(found);
    } finally {
      forEachTensor(found, (tensor) => tensor.dispose());
    }
  }

  /** As `strip`; the caller or the scope around it frees the tensors. */
  decide(strip: Strip): Segmentation {
    const { engine, logits, plane, size, vote, threshold } = this.#shots;
    return scope(() => {
      // The engine resizes an image of one strip along both axes.
      const [height, width] = strip.rows === size.height ? plane : [strip.rows, plane[1]];
      const rows = logits.map((each) => {
        const resized = height === strip.rows ? resizedRows(each, plane, size.height, strip) : each;
        return fromArray(resized, [1, 2, height, width], { engine });
      });
      const combined = combineShots(rows, [strip.rows, size.width], vote, this.#mostVotes);
      return threshold === undefined ? combined : { ...combined, mask: greater(combined.probability, threshold) };
    });
  }

  /** 1 at each pixel that is marked, row by row, in one array of the image's size. */
  async marks(): Promise<Uint8Array> {
    const { width, height } = this.#shots.size;
    const whole = new Uint8Array(width * height);
    for (const strip of this.strips) whole.set(await this.strip(strip, ({ mask }) => read(mask)), strip.top * width);
    return whole;
  }

  /**
   * Looks at all strips, or at as many as it takes to know whether any pixel is marked.
   *
   * @param options `probability`: whether to return the probability at each pixel too, row by row, in one array of the
   * image's size
   */
  async survey({ probability = false }: { readonly probability?: boolean } = {}): Promise<{
    readonly marked: boolean;
    readonly probability: Float32Array | undefined;
  }> {
    const { width, height } = this.#shots.size;
    const whole = probability ? new Float32Array(width * height) : undefined;
    let marked = false;
    for (const strip of this.strips) {
      await this.strip(strip, async (found) => {
        marked ||= (await greatest(found.mask)) === 1;
        whole?.set(await read(found.probability), strip.top * width);
      });
      if (marked && whole === undefined) break;
    }
    return { marked, probability: whole };
  }
}

async function greatest(plane: Segmentation['mask' | 'votes']): Promise<number | undefined> {
  using most = scope(() => max(cast(plane, 'float32')));
  return (await read(most))[0];
}

/**
 * Rows of logits that are resized bilinearly (corners aligned) to an image's height; the width stays.
 *
 * y[i] = (1 − f) x[⌊s⌋] + f x[⌊s⌋ + 1],  s = i · (h − 1) / (height − 1), f the fraction of s
 *
 * @param logits [1, 2, h, w]
 * @returns [1, 2, rows, w]
 */
function resizedRows(logits: Float32Array, [h, w]: Plane, height: number, { top, rows }: Strip): Float32Array {
  const out = new Float32Array(2 * rows * w);
  const scale = height > 1 ? (h - 1) / (height - 1) : 0;
  for (let row = 0; row < rows; row += 1) {
    const place = Math.min((top + row) * scale, h - 1);
    const above = Math.floor(place);
    const below = Math.min(above + 1, h - 1);
    const fraction = place - above;
    for (let channel = 0; channel < 2; channel += 1)
      for (let x = 0; x < w; x += 1)
        out[(channel * rows + row) * w + x] =
          (1 - fraction) * (logits[(channel * h + above) * w + x] ?? 0) +
          fraction * (logits[(channel * h + below) * w + x] ?? 0);
  }
  return out;
}
