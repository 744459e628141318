/** What can be wrong with a dataset's files. */
export type FaultKind =
  | 'nothing'
  | 'missing-mask'
  | 'missing-image'
  | 'missing-file'
  | 'stray'
  | 'annotation'
  | 'ignored'
  | 'image'
  | 'mask'
  | 'classes'
  | 'size'
  | 'empty'
  | 'full'
  | 'few-images'
  | 'doubt'
  | 'turned'
  | 'colours'
  | 'transparent';

export interface Fault {
  /** `'error'`: the sample or class cannot be used. `'warning'`: it is used, but may not be as meant. */
  readonly severity: 'error' | 'warning';
  readonly kind: FaultKind;
  /** The file or folder. */
  readonly file: string;
  /** What is wrong, and what to do. It names the file if another file is involved. */
  readonly message: string;
}
