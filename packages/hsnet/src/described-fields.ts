import { FormatError } from '@hypercorr/tensor';

/** The entries of a JSON object that have a value. */
export type Fields = ReadonlyMap<string, unknown>;

/** @throws FormatError for what is no object */
export function fieldsOf(json: unknown, what: string): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FormatError('description', `${what} is ${JSON.stringify(json)}, and should be an object`);
  return new Map(Object.entries(json).filter(([, value]) => value !== undefined));
}

/** The entries of a JSON object that a free text of a file holds. @throws FormatError for a text that is no JSON object */
export function parsedFields(written: string, what: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch (cause) {
    throw new FormatError('description', `${what} is no JSON: ${written.slice(0, 80)}`, { cause });
  }
  return fieldsOf(json, what);
}

/** @throws FormatError that names the entry and what it may be */
export function refuse(entries: Fields, name: string, expected: string): never {
  throw new FormatError('description', `${name} is ${JSON.stringify(entries.get(name))}, and should be ${expected}`);
}

/** Each of these reads an entry, and throws a FormatError that names the entry and what it may be. */
export function oneOf<const T extends string>(entries: Fields, name: string, names: readonly T[]): T {
  return names.find((each) => each === entries.get(name)) ?? refuse(entries, name, `one of ${names.join(', ')}`);
}

export function truth(entries: Fields, name: string): boolean {
  const value = entries.get(name);
  return typeof value === 'boolean' ? value : refuse(entries, name, 'true or false');
}

export function whole(entries: Fields, name: string, least: number): number {
  const value = entries.get(name);
  const range = least === Number.MIN_SAFE_INTEGER ? 'a whole number' : `a whole number from ${least}`;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(entries, name, range);
}

export function number(entries: Fields, name: string, [least, most] = [-Infinity, Infinity]): number {
  const value = entries.get(name);
  const range = Number.isFinite(least) ? `a number from ${least} to ${most}` : 'a number';
  return typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
    ? value
    : refuse(entries, name, range);
}

export function text(entries: Fields, name: string): string {
  const value = entries.get(name);
  return typeof value === 'string' ? value : refuse(entries, name, 'a text');
}

export function texts(entries: Fields, name: string): readonly string[] {
  const value = entries.get(name);
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
    ? value
    : refuse(entries, name, 'a list of texts');
}

export function list(entries: Fields, name: string): readonly unknown[] {
  const value: unknown = entries.get(name);
  return Array.isArray(value) ? value : refuse(entries, name, 'a list');
}

/** Names of a list, in the order of `names`. */
export function someOf<const T extends string>(entries: Fields, name: string, names: readonly T[]): readonly T[] {
  const given = list(entries, name);
  if (given.some((each) => !names.some((known) => known === each)))
    refuse(entries, name, `a list of ${names.join(', ')}`);
  return names.filter((each) => given.includes(each));
}
