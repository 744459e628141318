import * as library from '@hypercorr/tensor/op';
import type { Op } from '@hypercorr/tensor/op';
import type { OpCase } from './case.ts';

type Library = typeof import('@hypercorr/tensor/op');

/** What tells a record from everything else that the library exports. */
interface RecordLike {
  readonly name: string;
  readonly infer: unknown;
  readonly gradients: unknown;
  readonly kernels: unknown;
}

/** The names under which the library exports the records of its operations. */
export type OpExport = { [K in keyof Library]: Library[K] extends RecordLike ? K : never }[keyof Library];

/** Cases of some records. */
export type Cases = { readonly [K in OpExport]?: OpCase };

/** All records of the library, as they are at run time. */
export const records: readonly Op[] = Object.values(library).filter(isRecord);

function isRecord(value: unknown): value is Op {
  return typeof value === 'object' && value !== null && 'infer' in value && 'gradients' in value && 'kernels' in value;
}
