import { checkOptions } from '@hypercorr/tensor/op';
import { fold, ShapeError, type Key } from '@hypercorr/tensor';
import { figureClasses, type ClassSet, type FigureClass } from '../generate/classes.ts';
import { Draws } from '../generate/draws.ts';
import type { SceneOptions } from '../generate/scene.ts';
import type { RgbImage } from '../image/image.ts';
import { moduleBeside } from './module-beside.ts';
import type { SceneRendering } from './scene-reader.ts';
import type { Source } from './source.ts';

/** Which generated picture an item shows. */
export interface ScenePlan {
  readonly classId: number;
  /** The picture's number in its class. */
  readonly picture: number;
  /** Whether it is mirrored, left to right. */
  readonly mirrored: boolean;
}

/** A picture and what each of its pixels shows. */
export interface LabelledImage {
  readonly image: RgbImage;
  /** The image as the network takes it: [3, H, W], normalised. */
  readonly pixels: Float32Array;
  /** [H, W], row after row. */
  readonly labels: Uint16Array;
}

/** `seed` and `size` are those of `renderScene`. */
export interface SceneSourceOptions extends SceneOptions {
  /** The classes whose pictures are drawn. */
  readonly set: ClassSet;
  /** How many different pictures each class has. */
  readonly imagesPerClass: number;
  /** How many pictures make a step. A step's random numbers are one stream. */
  readonly batch: number;
  /** The key that each step's random numbers come from. */
  readonly key: Key;
}

/** Generated pictures with a label for each pixel (`partLabel`), without an end. */
export interface SceneSource extends Source<LabelledImage, ScenePlan> {
  /** The classes that have pictures. */
  readonly classes: readonly FigureClass[];
  /** The bytes of all different pictures: the readers render each once, and remember it. */
  readonly cacheBytes: number;
  /** A step's random numbers behind those that chose its pictures: for what else the step draws. */
  drawsAfter(step: number): Draws;
}

const optionNames = { seed: true, size: true, set: true, imagesPerClass: true, batch: true, key: true };

/**
 * Generated pictures, drawn at random, half of them mirrored. Item number i belongs to step ⌊i / batch⌋.
 *
 *     draws = Draws(fold(key, step));  for each item of the step: picture = draws.below(count), mirrored = draws.chance(½)
 *
 * @throws OptionError for an option that does not exist; ShapeError for `imagesPerClass` or `batch` that is not whole and positive
 */
export function sceneSource(options: SceneSourceOptions): SceneSource {
  checkOptions('sceneSource', options, optionNames);
  const { seed, size, set, imagesPerClass, batch, key } = options;
  for (const [name, value] of Object.entries({ size, imagesPerClass, batch })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ShapeError('scenes', `${name} must be a whole number from 1; got ${value}`);
  }
  const classes = figureClasses().filter((each) => each.set === set);
  const count = imagesPerClass * classes.length;
  const drawsOf = (step: number): Draws => new Draws(fold(key, step));
  const draw = (draws: Draws): ScenePlan => {
    const number = draws.below(count);
    const mirrored = draws.chance(0.5);
    const classId = classes[number % classes.length]?.id ?? 0;
    return { classId, picture: Math.floor(number / classes.length), mirrored };
  };
  const rendering: SceneRendering = { seed, size };
  return {
    unit: 'picture',
    classes,
    // Three bytes of colour and two of label a pixel.
    cacheBytes: 5 * size * size * count,
    plan(index) {
      const draws = drawsOf(Math.floor(index / batch));
      for (let before = 0; before < index % batch; before += 1) draw(draws);
      return draw(draws);
    },
    drawsAfter(step) {
      const draws = drawsOf(step);
      for (let each = 0; each < batch; each += 1) draw(draws);
      return draws;
    },
    reader: { module: moduleBeside('scene-reader', import.meta.url), options: rendering },
  };
}
