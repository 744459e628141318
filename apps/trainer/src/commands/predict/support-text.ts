import type { FileExample, MarkedFiles } from '@hypercorr/hsnet/node';
import { UsageError } from '../../cli/failure.ts';

/** One `--support`: an image, the mask of the object in it, and the object's class if it is named. */
export interface SupportText {
  readonly className: string | undefined;
  readonly image: string;
  /** A PNG, or a JSON with outlines; undefined for an image whose alpha says what is the object. */
  readonly mask: string | undefined;
}

/** The class's name where none is given. */
export const onlyClass = 'foreground';

/** A mask's numbers, without background and void. */
const mostClasses = 254;

/**
 * Splits `[CLASS=]IMAGE:MASK` at the last colon that does not belong to a drive (`C:\\`, `C:/`). The class is the text before
 * the first `=`, unless that is part of a path. Each of the three may stand in double quotes: `"a:b.jpg":"a:b.png"`. A PNG or
 * WebP alone is a cut-out.
 *
 * @throws UsageError for text without file names, and for a class without a name
 */
export function parseSupport(text: string): SupportText {
  const [, quotedClass, plainClass, files = text] = /^(?:"([^"]*)"|([^=/\\:"]*))=(.*)$/s.exec(text) ?? [];
  const className = quotedClass ?? plainClass;
  const refuse = () =>
    new UsageError(
      `--support takes [CLASS=]IMAGE:MASK, an image and its mask, or a PNG or WebP with a transparent background; got ${text}; a name with a colon in it stands in double quotes`,
    );
  if (className?.trim() === '') throw refuse();
  const quoted = quotedFiles(files);
  if (quoted !== undefined) return { className, ...quoted };
  const colon = [...files.matchAll(/:/g)].map(({ index }) => index).findLast((index) => !isDriveColon(files, index));
  if (colon === undefined && /\.(png|webp)$/i.test(files)) return { className, image: files, mask: undefined };
  if (colon === undefined || colon === 0 || colon === files.length - 1) throw refuse();
  return { className, image: files.slice(0, colon), mask: files.slice(colon + 1) };
}

/** An image and a mask, at least one of them in quotes; undefined for other text. */
function quotedFiles(files: string): Pick<SupportText, 'image' | 'mask'> | undefined {
  const [, image, quotedMask, plainMask] = /^"([^"]+)":(?:"([^"]+)"|([^"]+))$/s.exec(files) ?? [];
  const mask = quotedMask ?? plainMask;
  if (image !== undefined && mask !== undefined) return { image, mask };
  const [, plainImage, maskAlone] = /^([^"]+):"([^"]+)"$/s.exec(files) ?? [];
  return plainImage === undefined || maskAlone === undefined ? undefined : { image: plainImage, mask: maskAlone };
}

/** Whether a colon follows a single letter at the start of a name, and precedes a slash. */
function isDriveColon(text: string, index: number): boolean {
  return /(^|:)[A-Za-z]$/.test(text.slice(0, index)) && /^[\\/]/.test(text.slice(index + 1));
}

/**
 * Groups supports by class, in the order of each class's first support.
 *
 * @throws UsageError as `parseSupport`; where some supports name a class and others do not; for more classes than a mask has
 * numbers
 */
export function supportsByClass(texts: readonly string[]): ReadonlyMap<string, readonly SupportText[]> {
  const supports = texts.map(parseSupport);
  const named = supports.filter(({ className }) => className !== undefined).length;
  if (named > 0 && named < supports.length) {
    throw new UsageError('some --support have a CLASS= and others do not; name the class of each, or of none');
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

/** A support for a segmenter. Of a JSON with several labels, the class's name says which is meant. */
export function exampleOf(
  { className, image, mask }: SupportText,
  how: Pick<FileExample, 'foreground' | 'overStored'>,
): MarkedFiles {
  return { image, mask, label: className, ...how };
}
