import { fromArray, key, uniform, type Engine } from '@hypercorr/tensor';
import { HSNet, type HSNetOptions, type Support } from '../../src/index.ts';

/** A small model with random weights. */
export const tinyModel = (engine: Engine, options: Partial<HSNetOptions> = {}): HSNet =>
  new HSNet({ backbone: 'tiny', key: key(1), engine, ...options });

export const randomImage = (engine: Engine, seed: number, height = 48, width = 64) =>
  uniform(key(seed), [3, height, width], { engine, min: -2, max: 2 });

export const randomImages = (engine: Engine, seed: number, batch: number, height = 48, width = 64) =>
  uniform(key(seed), [batch, 3, height, width], { engine, min: -2, max: 2 });

/** 1 in a box of a quarter of the image, elsewhere 0. */
export function boxMask(engine: Engine, height = 48, width = 64) {
  const inside = (row: number, column: number) => row >= height / 4 && row < (3 * height) / 4 && column >= width / 3;
  const elements = Float32Array.from({ length: height * width }, (_, i) =>
    Number(inside(Math.floor(i / width), i % width)),
  );
  return fromArray(elements, [height, width], { engine });
}

export const randomSupport = (engine: Engine, seed: number, height = 48, width = 64): Support => ({
  image: randomImage(engine, seed, height, width),
  mask: boxMask(engine, height, width),
});
