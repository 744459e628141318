import type { RgbImage } from '@hypercorr/datasets';
import type { SegmentedImage } from '@hypercorr/hsnet';
import type { MaskObject } from '@hypercorr/vision/objects';

/** What formats write of a query. */
export interface FormattedQuery {
  /** The query's file. */
  readonly file: string;
  /** The beginning of its results' names, which no other query has. */
  readonly name: string;
  /** As it was read: of a very large photograph, a reduced copy. */
  readonly image: RgbImage;
  readonly found: SegmentedImage;
  /** The objects of the mask, with outlines within the tolerance that was asked for. */
  readonly objects: readonly MaskObject[];
}

/** A file of a result, by its name in the folder of results. */
export interface NamedContent {
  readonly name: string;
  readonly content: Uint8Array | string;
}

/** A form in which results are written. */
export interface ResultFormat {
  /** The files of one query. */
  query(result: FormattedQuery): readonly NamedContent[] | Promise<readonly NamedContent[]>;
  /** The files of all queries together. */
  end?(): readonly NamedContent[];
}

/** What formats know before the first query. */
export interface FormatSettings {
  /** Class i has the number i + 1 in masks. */
  readonly classes: readonly string[];
  /** Each class's part in the names of files. */
  readonly parts: ReadonlyMap<string, string>;
  /** The folder of results. */
  readonly out: string;
  /** Names of the queries' files within the folder that they have in common, with / between their parts. */
  readonly nameOf: (file: string) => string;
}

/** The score of an object's class in its query. */
export function scoreOf({ found }: FormattedQuery, { value }: MaskObject): number {
  return found.classes[value - 1]?.score ?? 0;
}

/** An object's class. */
export function className({ classes }: FormatSettings, { value }: MaskObject): string {
  return classes[value - 1] ?? String(value);
}

/** JSON with a line end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
