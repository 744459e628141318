import { join, resolve } from 'node:path';
import { encodeMaskPng, type Mask, type RgbImage } from '@hypercorr/datasets';
import { encodeJpeg } from '@hypercorr/datasets/node';
import { CommandError } from '../../cli/failure.ts';
import { writeFileAtomically } from '../../files.ts';
import { classColour, classPalette, drawOverlay, encodeBinaryPng, encodeProbabilityPng } from '../../pictures/index.ts';
import { fileNameParts } from './output-names.ts';
import type { ClassProbability } from './segment-image.ts';

const overlayQuality = 90;

/**
 * Writes what came of one query after another into a folder. Every file is there as a whole or not at all, and none
 * takes the place of an input: then there is a CommandError.
 */
export class ResultFolder {
  readonly #path: string;
  readonly #classNames: readonly string[];
  /** How files of one class are called. */
  readonly #parts: ReadonlyMap<string, string>;
  readonly #inputs: ReadonlySet<string>;

  constructor(path: string, classNames: readonly string[], inputs: readonly string[]) {
    this.#path = path;
    this.#classNames = classNames;
    this.#parts = new Map(fileNameParts(classNames).map((part, i) => [classNames[i] ?? part, part]));
    this.#inputs = new Set(inputs.map((input) => resolve(input)));
  }

  /** 0 and 255 for one class, as any viewer shows it; for several a PNG with a palette whose indices are the classes'. */
  async mask(name: string, mask: Mask): Promise<string> {
    const several = this.#classNames.length > 1;
    return this.#write(
      `${name}.mask.png`,
      several ? encodeMaskPng(mask, { palette: classPalette }) : encodeBinaryPng(mask),
    );
  }

  /** A grey PNG: 255 is certainty. With several classes each has its own. */
  async probability(
    name: string,
    { width, height }: RgbImage,
    { className, probability }: ClassProbability,
  ): Promise<string> {
    const part = this.#classNames.length > 1 ? `.${this.#parts.get(className)}` : '';
    return this.#write(`${name}${part}.probability.png`, encodeProbabilityPng(width, height, probability));
  }

  /** The image with the mask over it, as JPEG. */
  async overlay(name: string, image: RgbImage, mask: Mask): Promise<string> {
    return this.#write(`${name}.overlay.jpg`, await encodeJpeg(drawOverlay(image, mask), overlayQuality));
  }

  /** Which index of the masks is which class, and its colour. */
  async legend(): Promise<string> {
    const entries = ['background', ...this.#classNames].map((className, index) => ({
      index,
      class: className,
      colour: classColour(index),
    }));
    return this.#write('legend.json', `${JSON.stringify(entries, null, 2)}\n`);
  }

  async #write(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.#path, name);
    if (this.#inputs.has(resolve(path)))
      throw new CommandError(`${path} is one of the inputs, and is not written over: choose another --out`);
    writeFileAtomically(path, content);
    return path;
  }
}
