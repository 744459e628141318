import { FormatError } from '@hypercorr/tensor';

/**
 * Lengths of runs in column-major order, background first: a list, or COCO's text of them. In the text each length (from
 * the fourth on, its difference from the one before the last) is a number to the base 32, the lowest digit first: a
 * letter of code 48 + digit, + 32 where more follow; the highest digit's highest bit is the sign.
 */
export type RunLengths = string | readonly number[];

/** A digit's five bits, the bit that says that more follow, and the sign of the last digit. */
const [digitBits, more, sign] = [5, 32, 16];
const firstLetter = 48;
/** Lengths are below 2³⁰: no picture has as many pixels. */
const mostDigits = 6;

/**
 * The lengths of runs.
 *
 * @param place what the runs are, for errors
 * @throws FormatError for text of other letters, or cut off, and for lengths that are not whole or do not add up to `pixels`
 */
export function runLengths(runs: RunLengths, pixels: number, place: string): readonly number[] {
  const lengths = typeof runs === 'string' ? decodeRuns(runs, place) : runs;
  let sum = 0;
  for (const length of lengths) {
    if (!Number.isSafeInteger(length) || length < 0)
      throw new FormatError('annotations', `${place}: a run's length is a whole number; got ${length}`);
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
        `${place}: ${JSON.stringify(text[i])} stands in the text of its runs, whose letters go from 0 to o`,
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
  if (digits > 0) throw new FormatError('annotations', `${place}: the text of its runs is cut off`);
  return lengths;
}

/** The places at which inside begins and ends in turns, as `polygonEdges` has them. */
export function runEdges(lengths: readonly number[]): number[] {
  let place = 0;
  return lengths.map((length) => (place += length));
}
