import { FormatError } from '@hypercorr/tensor';
import type { Sample, SampleClass } from '../episode/dataset.ts';
import { decodeSampleMask } from './read-sample.ts';

/**
 * Tells whether a photograph shows a class, as far as its dataset says. It does if it is one of the class's own photographs,
 * or if its mask, which has a number for each class, has a pixel with the class's number. A mask of one object alone says
 * nothing of other classes. A mask that cannot be read is taken to show everything. Answers are remembered.
 *
 * @example await absentQueries(dataset, { seed, shots, queries: 20, shows: showsClass() });
 */
export function showsClass(): (sample: Sample, ofClass: SampleClass) => Promise<boolean> {
  const own = new Map<SampleClass, OwnOfClass>();
  const numbers = new Map<string, Promise<ReadonlySet<number> | undefined>>();
  return async (sample, ofClass) => {
    const { photographs, indices } = own.get(ofClass) ?? ownOf(ofClass);
    own.set(ofClass, { photographs, indices });
    if (photographs.has(sample.image)) return true;
    if (typeof sample.foreground !== 'number' || indices.size === 0) return false;
    const shown = numbers.get(sample.mask) ?? numbersIn(sample);
    numbers.set(sample.mask, shown);
    const found = await shown;
    return found === undefined || [...indices].some((index) => found.has(index));
  };
}

interface OwnOfClass {
  readonly photographs: ReadonlySet<string>;
  /** The class's numbers in masks of several classes. */
  readonly indices: ReadonlySet<number>;
}

function ownOf({ samples }: SampleClass): OwnOfClass {
  return {
    photographs: new Set(samples.map(({ image }) => image)),
    indices: new Set(samples.map(numberOf).filter((index) => typeof index === 'number')),
  };
}

/** The number of a sample's class in its mask, or in the annotations that the mask is drawn from. */
function numberOf({ foreground, drawn }: Sample): Sample['foreground'] {
  return drawn?.only ?? foreground;
}

/** The numbers in a sample's mask; undefined for a mask that cannot be read. Of a drawn mask, those of hidden objects too. */
async function numbersIn(sample: Sample): Promise<ReadonlySet<number> | undefined> {
  if (sample.drawn !== undefined) return new Set(sample.drawn.regions.map(({ index }) => index));
  try {
    return new Set((await decodeSampleMask(sample)).values);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
