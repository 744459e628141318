import type { Picture } from '@hypercorr/vision/pictures';

/** Part of a report. A title stands above it. */
export type Card = TableCard | PicturesCard;

export interface TableCard {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly Column[];
  /** A cell for each column. */
  readonly rows: readonly (readonly (string | number | undefined)[])[];
  /** Index of a row that stands out: the model's own among others. */
  readonly own?: number;
}

export interface Column {
  readonly title: string;
  /** A `bar` is drawn from a number between 0 and 100. `'text'` if absent. */
  readonly kind?: 'text' | 'number' | 'bar';
  /** Digits after the point of a number. 0 if absent. */
  readonly digits?: number;
}

export interface PicturesCard {
  readonly kind: 'pictures';
  readonly title: string;
  readonly pictures: readonly Picture[];
}
