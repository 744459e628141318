import { partLabel, partOf, textureNames, type Draws, type FigureClass } from '@hypercorr/datasets';

/** The label that the loss leaves out. */
export const uncounted = -100;

/** The labels of the pixels in a batch of pictures. */
export interface BatchLabels {
  readonly count: number;
  /** Width and height of the pictures, in pixels. */
  readonly size: number;
  /** [count, size, size], labels of `partLabel`. */
  readonly labels: Uint16Array;
}

/** The targets for each place of a level of features. */
export interface Targets {
  /** [count, side, side]: 0 where there is no figure, else 1 + the number of the class's part. */
  readonly parts: Int32Array;
  /** [count, side, side]: the texture's number on figures and clutter; elsewhere `uncounted`. */
  readonly textures: Int32Array;
}

/** Turns the labels of pixels into the targets of a level. */
export class Labelling {
  readonly partCount: number;
  readonly textureCount = textureNames.length;
  readonly #parts = new Map<number, number>();

  constructor(classes: readonly FigureClass[]) {
    const labels = classes.flatMap(({ id, textures }) => textures.map(({ name }) => partLabel(id, name)));
    for (const [i, label] of labels.entries()) this.#parts.set(label, i + 1);
    this.partCount = 1 + labels.length;
  }

  /**
   * The targets at `side` × `side` places. The places lie where resizing with aligned corners puts them, as HSNet resizes masks and logits.
   * Most places show no figure. Half of these, drawn at random, do not count.
   */
  targets({ count, size, labels }: BatchLabels, side: number, draws: Draws): Targets {
    const places = side * side;
    const parts = new Int32Array(count * places);
    const textures = new Int32Array(count * places);
    for (let n = 0; n < count; n += 1) {
      for (let i = 0; i < places; i += 1) {
        const [row, column] = [Math.floor(i / side), i % side].map((at) =>
          Math.round((at * (size - 1)) / (side - 1)),
        ) as [number, number];
        const label = labels[(n * size + row) * size + column] ?? 0;
        const part = this.#parts.get(label) ?? 0;
        parts[n * places + i] = part === 0 && draws.chance(0.5) ? uncounted : part;
        textures[n * places + i] = textureNumber(label);
      }
    }
    return { parts, textures };
  }
}

function textureNumber(label: number): number {
  const part = partOf(label);
  return part === undefined ? uncounted : textureNames.indexOf(part.texture);
}
