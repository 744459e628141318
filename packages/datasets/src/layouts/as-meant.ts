import type { Sample } from '../episode/dataset.ts';
import type { MaskReading } from '../mask/binary-mask.ts';

/** What somebody says of masks, and their files do not. */
export interface MeantMasks {
  /** What masks of one class alone mean, in the layouts that have them. As the layout says if absent. */
  readonly foreground?: MaskReading | undefined;
  /** Whether masks and outlines were drawn over the stored pixels, before EXIF turns the photographs. False if absent. */
  readonly overStored?: boolean | undefined;
}

/** A sample whose mask is read as somebody says. A number, which tells which class of several is meant, stays. */
export function asMeant(sample: Sample, { foreground, overStored = false }: MeantMasks): Sample {
  return {
    ...sample,
    ...(foreground === undefined || typeof sample.foreground === 'number' ? {} : { foreground }),
    ...(overStored ? { overStored } : {}),
  };
}
