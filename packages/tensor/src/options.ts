import { OptionError } from './errors.ts';

/** A table with the names of all options that stand in `Options`. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: unknown };

/**
 * Refuses an option that does not exist. Every function and constructor with options calls it first.
 *
 * The compiler holds `names` against the type of `options`: a name that is missing or too many does not compile. Make
 * the table once, outside of the function; a call then allocates nothing.
 *
 * @param asker the function or layer, which the message names
 * @throws OptionError for a name that is not in `names`, or for options that are no object
 *
 * @example
 * const names = { stride: true, padding: true };
 * checkOptions('maxPool2d', options, names); // [maxPool2d] there is no option returnIndices; there are stride, padding
 */
export function checkOptions<Options extends object, Names extends OptionNames<Options>>(
  asker: string,
  options: Options,
  names: Names & { readonly [Name in Exclude<keyof Names, keyof Options>]: never },
): void {
  if (typeof options !== 'object')
    throw new OptionError(asker, `expected an object of options, got ${String(options)}`);
  for (const name in options) {
    if (!Object.hasOwn(names, name)) throw unknownOption(asker, name, Object.keys(names));
  }
}

function unknownOption(asker: string, name: string, names: readonly string[]): OptionError {
  const known = names.length === 1 ? `the only one is ${names[0]}` : `there are ${names.join(', ')}`;
  return new OptionError(asker, `there is no option ${name}; ${known}`);
}
