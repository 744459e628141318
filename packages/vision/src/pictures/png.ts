import type { Colour, Mask } from '@hypercorr/datasets';
import { encode } from 'fast-png';
import { classColour } from './palette.ts';

/** The classes' colours by index, for PNGs with a palette. */
export const classPalette: readonly Colour[] = Array.from({ length: 256 }, (_, index) => classColour(index));

/** A binary mask as a grey PNG that any viewer shows: background 0, foreground 255. */
export function encodeBinaryPng({ width, height, data }: Mask): Uint8Array {
  return encode({ width, height, data: data.map((index) => (index === 0 ? 0 : 255)), channels: 1, depth: 8 });
}

/** Probabilities as a grey PNG: 0 is black, 1 is white (255). */
export function encodeProbabilityPng(width: number, height: number, probabilities: Float32Array): Uint8Array {
  const data = new Uint8Array(probabilities.length);
  for (const [pixel, probability] of probabilities.entries()) data[pixel] = Math.round(255 * probability);
  return encode({ width, height, data, channels: 1, depth: 8 });
}
