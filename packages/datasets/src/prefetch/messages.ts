import type { Json } from '../source/source.ts';

/** What a worker thread is started with (`workerData`): where its reader is, and what it is created with. */
export interface ReaderSettings {
  /** A file URL. */
  readonly module: string;
  readonly options: Json;
  readonly cacheBytes: number;
}

/** What a worker thread is asked. */
export type Request =
  | { readonly type: 'read'; readonly id: number; readonly plan: unknown }
  | { readonly type: 'close' };

/** Its answer: an item, faulty data (the parts of a FormatError), or an error of the program. */
export type Answer =
  | { readonly type: 'item'; readonly id: number; readonly item: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly op: string; readonly message: string }
  | { readonly type: 'failure'; readonly id: number; readonly error: Error };
