import { z } from 'zod';
import type { Option } from './option.ts';

/** Flags and environment variables give numbers as text. Files give numbers. */
export const number = z.union([z.number(), z.string().trim().min(1).transform(Number)]);
export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) => number.pipe(z.int().min(least).max(most));
export const positive = number.pipe(z.number().positive());
export const fraction = number.pipe(z.number().min(0).max(1));
export const text = z.string().min(1);
export const truth = z.union([
  z.boolean(),
  z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] }),
]);

export function numberOption(name: string, argument: string, least: number, about: string): Option<number> {
  return {
    name,
    argument,
    about,
    takes: `a whole number from ${least}`,
    schema: wholeNumber(least),
    fallback: undefined,
  };
}

export function boundedNumberOption(
  name: string,
  argument: string,
  [least, most]: readonly [number, number],
  about: string,
): Option<number> {
  return {
    ...numberOption(name, argument, least, about),
    takes: `a whole number from ${least} to ${most}`,
    schema: wholeNumber(least, most),
  };
}

export function pathOption(name: string, argument: 'FILE' | 'DIR', about: string): Option<string> {
  const takes = argument === 'FILE' ? 'the name of a file' : 'the name of a folder';
  return { name, argument, about, takes, schema: text, fallback: undefined };
}

export function choice<const T extends string>(name: string, about: string, names: readonly T[]): Option<T> {
  const list = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return {
    name,
    argument: 'NAME',
    about: `${about}: ${list}`,
    takes: list,
    schema: z.enum(names),
    fallback: undefined,
  };
}

/** A list of class names. */
export function classList(name: string, what: string): Option<string> {
  const about = `classes ${what}: names separated by commas ("a, b" in quotes is one name), or a file with one name a line`;
  return {
    name,
    argument: 'LIST',
    about,
    takes: 'names separated by commas, or a file',
    schema: text,
    fallback: undefined,
  };
}

export function switchOption(name: string, about: string): Option<boolean, never> {
  return { name, about, takes: 'true or false', schema: truth, fallback: false };
}

/** A switch that is on unless `--no-<name>` is given. `about` says what `--no-<name>` does. */
export function negatedSwitch(name: string, about: string): Option<boolean> {
  return { name, about, takes: 'true or false', schema: truth, fallback: undefined, negated: true };
}

export function nonNegative(name: string, argument: string, about: string): Option<number> {
  const schema = number.pipe(z.number().nonnegative());
  return { name, argument, about, takes: 'a number from 0', schema, fallback: undefined };
}

export function positiveNumber(name: string, argument: string, about: string): Option<number> {
  return { name, argument, about, takes: 'a positive number', schema: positive, fallback: undefined };
}

/** A length of time, written as 1h30m, 45s or 90. Its value is in seconds. */
export function timeOption(name: string, about: string): Option<number> {
  const written = z
    .string()
    .regex(/^(?:\d+|(?=.)(?:\d+h)?(?:\d+m)?(?:\d+s)?)$/)
    .transform(secondsOf);
  const takes = 'a time such as 90s, 30m or 1h30m';
  return {
    name,
    argument: 'TIME',
    about,
    takes,
    schema: z.union([z.number(), written]).pipe(z.number().positive()),
    fallback: undefined,
  };
}

function secondsOf(written: string): number {
  const of = (unit: RegExp): number => Number(unit.exec(written)?.[1] ?? 0);
  return 3600 * of(/(\d+)h/) + 60 * of(/(\d+)m/) + of(/(\d+)s?$/);
}

/** One or more of the given names, separated by commas. */
export function someOf<const T extends string>(name: string, about: string, names: readonly T[]): Option<readonly T[]> {
  const some = z.array(z.enum(names)).min(1);
  const takes = `some of ${names.join(', ')}, separated by commas`;
  const written = text.transform((list) => list.split(',').map((each) => each.trim())).pipe(some);
  return {
    name,
    argument: 'LIST',
    about: `${about}: ${takes}`,
    takes,
    schema: z.union([some, written]),
    fallback: undefined,
  };
}

/** A flag that may be repeated. In a configuration file its value is a list. */
export function listOption(name: string, argument: string, about: string, takes: string): Option<readonly string[]> {
  const schema = z.union([z.array(text).min(1), text.transform((one) => [one])]);
  return { name, argument, about, takes, schema, fallback: undefined, repeatable: true };
}
