import { FormatError } from '@hypercorr/tensor';

/**
 * Lengths of runs in column-major order, background first: a list, or COCO's text of one. In the text, each length from
 * the fourth on is a difference from the length two before it. Each number is written in base 32, lowest digit first. A
 * digit is the letter with code 48 + digit, + 32 if more digits follow. The highest bit of the highest digit is the
 * sign.
 */
export type RunLengths = string | readonly number[];

/** A digit has five bits. One more bit says that digits follow, and the fifth bit of the last digit is the sign. */
const [digitBits, more, sign] = [5, 32, 16];
const firstLetter = 48;
/** Lengths are below 2³⁰: no picture has that many pixels. */
const mostDigits = 6;

/**
 * The lengths of runs.
 *
 * @param place names the runs in errors
 * @throws FormatError for text with other letters or cut off, and for lengths that are not whole or do not add up to
 *   `pixels`
 */
export function runLengths(runs: RunLengths, pixels: number, place: string): readonly number[] {
  const lengths = typeof runs === 'string' ? decodeRuns(runs, place) : runs;
  let sum = 0;
  for (const length of lengths) {
    if (!Number.isSafeInteger(length) || length < 0)
      throw new FormatError('annotations', `${place}: a run's length must be a whole number; got ${length}`);
    sum += length;
  }
  if (sum !== pixels)
    throw new FormatError('annotations', `${place}: the runs cover ${sum} pixels, and the image has ${pixels}`);
  return lengths;
}

function decodeRuns(text: string, place: string): readonly number[] {
  const lengths: number[] = [];
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i) - firstLetter;
    if (code < 0 || code >= 2 * more)
      throw new FormatError(
        'annotations',
        `${place}: ${JSON.stringify(text[i])} does not belong in the text of runs; its letters go from 0 to o`,
      );
    value += (code % more) * 2 ** (digitBits * digits);
    digits += 1;
    if (code >= more) {
      if (digits < mostDigits) continue;
      throw new FormatError('annotations', `${place}: a run is longer than any picture`);
    }
    if ((code & sign) !== 0) value -= 2 ** (digitBits * digits);
    lengths.push(lengths.length > 2 ? value + (lengths.at(-2) ?? 0) : value);
    [value, digits] = [0, 0];
  }
  if (digits > 0) throw new FormatError('annotations', `${place}: the text of the runs is cut off`);
  return lengths;
}

/** The places where inside and outside begin in turn, in the form of `polygonEdges`. */
export function runEdges(lengths: readonly number[]): number[] {
  let place = 0;
  return lengths.map((length) => (place += length));
}
