import { join, resolve } from 'node:path';
import { encodeMaskPng, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import { encodeJpeg } from '@hypercorr/datasets/node';
import type { ClassProbability } from '@hypercorr/hsnet';
import { writeFileAtomically } from '@hypercorr/train/node';
import {
  classColour,
  classPalette,
  drawOverlay,
  encodeBinaryPng,
  encodeProbabilityPng,
} from '@hypercorr/vision/pictures';
import { CommandError } from '../../cli/failure.ts';
import type { NamedContent } from './formats/index.ts';
import { fileNameParts } from './output-names.ts';

const overlayQuality = 90;

/**
 * Writes the results of one query after another into a folder. A file is written as a whole or not at all. No result
 * overwrites an input: its method throws a CommandError instead.
 */
export class ResultFolder {
  readonly #path: string;
  readonly #classNames: readonly string[];
  /** Each class's part in the names of its files. */
  readonly #parts: ReadonlyMap<string, string>;
  readonly #inputs: ReadonlySet<string>;

  constructor(path: string, classNames: readonly string[], inputs: readonly string[]) {
    this.#path = path;
    this.#classNames = classNames;
    this.#parts = new Map(fileNameParts(classNames).map((part, i) => [classNames[i] ?? part, part]));
    this.#inputs = new Set(inputs.map((input) => resolve(input)));
  }

  /** One class: a PNG of 0 and 255, which any viewer shows. Several classes: a palette PNG with the classes' numbers. */
  async mask(name: string, mask: Mask): Promise<string> {
    const several = this.#classNames.length > 1;
    return this.#write(
      `${name}.mask.png`,
      several ? encodeMaskPng(mask, { palette: classPalette }) : encodeBinaryPng(mask),
    );
  }

  /** A grey PNG, 255 for certainty. Each of several classes has its own. */
  async probability(
    name: string,
    { width, height }: Size,
    { className, probability }: ClassProbability,
  ): Promise<string> {
    const part = this.#classNames.length > 1 ? `.${this.#parts.get(className)}` : '';
    return this.#write(`${name}${part}.probability.png`, encodeProbabilityPng(width, height, probability));
  }

  /** The image with the mask over it, as JPEG. */
  async overlay(name: string, image: RgbImage, mask: Mask): Promise<string> {
    return this.#write(`${name}.overlay.jpg`, await encodeJpeg(drawOverlay(image, mask), overlayQuality));
  }

  /** Each class's number in the masks, and its colour. */
  async legend(): Promise<string> {
    const entries = ['background', ...this.#classNames].map((className, index) => ({
      index,
      class: className,
      colour: classColour(index),
    }));
    return this.#write('legend.json', `${JSON.stringify(entries, null, 2)}\n`);
  }

  /** Each class's part in the names of its files. */
  get parts(): ReadonlyMap<string, string> {
    return this.#parts;
  }

  /** The files of a form of results. */
  files(contents: readonly NamedContent[]): Promise<readonly string[]> {
    return Promise.all(contents.map(({ name, content }) => this.#write(name, content)));
  }

  /** All pictures side by side. */
  async sheet(png: Uint8Array): Promise<string> {
    return this.#write('sheet.png', png);
  }

  async #write(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.#path, name);
    if (this.#inputs.has(resolve(path)))
      throw new CommandError(`${path} is an input and is not overwritten; choose another --out`);
    writeFileAtomically(path, content);
    return path;
  }
}
