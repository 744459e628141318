import type { EpisodeItem, Sample } from '../episode/dataset.ts';
import type { ReadingOptions } from '../files/read-sample.ts';
import type { Size } from '../image/image.ts';

/** What a worker is asked. */
export type Request =
  | {
      readonly type: 'read';
      readonly id: number;
      readonly sample: Sample;
      readonly size: Size | undefined;
      readonly options: ReadingOptions;
    }
  | { readonly type: 'close' };

/** What it answers: a sample read, faulty data (a FormatError's parts), or an error of the program. */
export type Answer =
  | { readonly type: 'item'; readonly id: number; readonly item: EpisodeItem }
  | { readonly type: 'fault'; readonly id: number; readonly op: string; readonly message: string }
  | { readonly type: 'failure'; readonly id: number; readonly error: unknown };
