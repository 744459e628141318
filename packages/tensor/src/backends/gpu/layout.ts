/**
 * How elements lie in a GPU.js array. It depends on their number alone, so that a reshape shares storage.
 *
 * GPU.js computes indices in float32 (WebAssembly, and every local variable on a GPU), which has each whole number
 * only up to 2²⁴. Up to `flatLimit` elements are one row, `x[index]`. Above, they are rows of `columns`, `x[high][low]`,
 * and no index is ever put together from its two parts.
 *
 * Behind the last element comes a sentinel, 1, which every kernel passes on from what it reads to what it writes. Some
 * drivers give up on a long kernel without saying so and leave zeros (GPU.js issue 859); a sentinel of 0 shows that
 * such zeros are somewhere behind a result. What is left of the last row repeats the sentinel.
 */

/** Elements in a row where there are several rows; a power of two, so that dividing by it is exact. */
export const columns = 4096;

/** float32 has every whole number up to here. */
export const exactLimit = 2 ** 24;

/**
 * The most words (sentinel included) stored as one row. It is not `exactLimit` because a GPU may round a quotient wrongly
 * in its last two bits: below 2²³ that is less than 1 for every divisor from 3, which one correction undoes.
 */
export const flatLimit = 2 ** 23;

/** The `output` that GPU.js is given for `size` elements: `[width]`, or `[width, height]`. */
export type Layout = readonly [width: number] | readonly [width: number, height: number];

export function layoutOf(size: number): Layout {
  const words = size + 1;
  return words <= flatLimit ? [words] : [columns, Math.ceil(words / columns)];
}

/** Words that a layout holds. */
export function wordsOf([width, height = 1]: Layout): number {
  return width * height;
}
