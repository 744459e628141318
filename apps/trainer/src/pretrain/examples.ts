import {
  figureClasses,
  normalise,
  partLabel,
  partOf,
  renderScene,
  textureNames,
  type Draws,
  type FigureClass,
} from '@hypercorr/datasets';

export interface ExampleOptions {
  /** Pictures of each class. */
  readonly imagesPerClass: number;
  /** The pictures' sides in pixels. */
  readonly size: number;
  readonly seed: number;
}

/** A batch of pictures and what their pixels show, on the host. */
export interface ExampleBatch {
  readonly count: number;
  readonly size: number;
  /** [count, 3, size, size], normalised. */
  readonly images: Float32Array;
  /** [count, size, size], labels of `partLabel`. */
  readonly labels: Uint16Array;
}

/** Pictures of the classes that train the backbone, and of no others, with a label for every pixel. */
export class Examples {
  readonly count: number;
  readonly size: number;
  readonly classes: readonly FigureClass[];
  readonly #pixels: Uint8Array;
  readonly #labels: Uint16Array;

  constructor({ imagesPerClass, size, seed }: ExampleOptions, onProgress: (done: number) => void) {
    const all = figureClasses();
    this.classes = all.filter(({ set }) => set === 'backbone');
    this.size = size;
    this.count = imagesPerClass * this.classes.length;
    this.#pixels = new Uint8Array(3 * size * size * this.count);
    this.#labels = new Uint16Array(size * size * this.count);
    for (let i = 0; i < this.count; i += 1) {
      const cls = this.classes[i % this.classes.length];
      if (cls === undefined) throw new RangeError('[pretrain] there are no classes for the backbone');
      const { pixels, labels } = renderScene(all, cls, Math.floor(i / this.classes.length), { size, seed });
      this.#pixels.set(pixels, i * pixels.length);
      this.#labels.set(labels, i * labels.length);
      onProgress(i + 1);
    }
  }

  /** A batch of pictures drawn at random, every other one mirrored. */
  batch(draws: Draws, count: number): ExampleBatch {
    const { size } = this;
    const plane = size * size;
    const images = new Float32Array(3 * plane * count);
    const labels = new Uint16Array(plane * count);
    for (let n = 0; n < count; n += 1) {
      const from = draws.below(this.count) * plane;
      const mirrored = draws.chance(0.5);
      const data = this.#pixels.subarray(3 * from, 3 * (from + plane));
      const normalised = normalise({ width: size, height: size, data }, 'once');
      for (let row = 0; row < size; row += 1) {
        for (let column = 0; column < size; column += 1) {
          const source = row * size + (mirrored ? size - 1 - column : column);
          const place = row * size + column;
          labels[n * plane + place] = this.#labels[from + source] ?? 0;
          for (let channel = 0; channel < 3; channel += 1) {
            images[(3 * n + channel) * plane + place] = normalised[channel * plane + source] ?? 0;
          }
        }
      }
    }
    return { count, size, images, labels };
  }
}

/** The label that the loss leaves out. */
export const uncounted = -100;

/** What a level of features is to tell of each of its places. */
export interface Targets {
  /** [count, side, side]: 0 for what is no figure, else 1 + which part of which class. */
  readonly parts: Int32Array;
  /** [count, side, side]: the texture's number on figures and clutter; elsewhere it does not count. */
  readonly textures: Int32Array;
}

/** Turns pixels' labels into a level's targets. */
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
   * The labels at `side` × `side` places, where resizing with aligned corners puts them: HSNet resizes masks and logits
   * so. Most places show no figure; half of these, drawn at random, do not count.
   */
  targets({ count, size, labels }: ExampleBatch, side: number, draws: Draws): Targets {
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
