import { UsageError } from '../../cli/failure.ts';

/** One `--support`: an image, the mask of the object in it, and what the object is called if that was said. */
export interface SupportText {
  readonly className: string | undefined;
  readonly image: string;
  readonly mask: string;
}

/** What the object is called where nobody says. */
export const onlyClass = 'foreground';

/** Indices of a mask but for background and void. */
const mostClasses = 254;

/**
 * Takes `[CLASS=]IMAGE:MASK` apart. It is split at the last colon that is not a drive's (`C:\\`, `C:/`); a class is what
 * stands before the first `=`, if that is no part of a path.
 *
 * @throws UsageError for text without two file names, or a class without a name
 */
export function parseSupport(text: string): SupportText {
  const [, className, files = text] = /^([^=/\\:]*)=(.*)$/s.exec(text) ?? [];
  const refuse = () => new UsageError(`--support takes [CLASS=]IMAGE:MASK, an image and its mask; got ${text}`);
  if (className?.trim() === '') throw refuse();
  const colon = [...files.matchAll(/:/g)].map(({ index }) => index).findLast((index) => !isDriveColon(files, index));
  if (colon === undefined || colon === 0 || colon === files.length - 1) throw refuse();
  return { className, image: files.slice(0, colon), mask: files.slice(colon + 1) };
}

/** A colon behind a single letter at the start of a name, with a slash behind it. */
function isDriveColon(text: string, index: number): boolean {
  return /(^|:)[A-Za-z]$/.test(text.slice(0, index)) && /^[\\/]/.test(text.slice(index + 1));
}

/**
 * Supports by class, in the order in which the classes first come up.
 *
 * @throws UsageError as `parseSupport`; where some supports name a class and others do not; for more classes than a mask
 * has indices
 */
export function supportsByClass(texts: readonly string[]): ReadonlyMap<string, readonly SupportText[]> {
  const supports = texts.map(parseSupport);
  const named = supports.filter(({ className }) => className !== undefined).length;
  if (named > 0 && named < supports.length) {
    throw new UsageError('either every --support has a CLASS= or none: without it there is one class only');
  }
  const classes = new Map<string, SupportText[]>();
  for (const support of supports) {
    const name = support.className ?? onlyClass;
    classes.set(name, [...(classes.get(name) ?? []), support]);
  }
  if (classes.size > mostClasses)
    throw new UsageError(`a mask holds ${mostClasses} classes at most; got ${classes.size}`);
  return classes;
}
