import type { z } from 'zod';
import { UsageError } from './failure.ts';
import { similarName } from './similar-name.ts';

/** Stands in place of a default: the option must be given. */
export const needed = Symbol('needed');

/**
 * One setting of a command. It can be given as a flag, an environment variable or a key of a configuration file, all with the flag's
 * name: `--backbone-weights`, `HYPERCORR_BACKBONE_WEIGHTS`, `"backbone-weights"`.
 */
export interface Option<Value, Absent extends undefined = undefined> {
  /** The flag's name without dashes. */
  readonly name: string;
  /** The name of the flag's value in the help. A switch has none. */
  readonly argument?: string;
  /** One line for the help. */
  readonly about: string;
  /** The values that are allowed, for errors: "a whole number from 1". */
  readonly takes: string;
  readonly schema: z.ZodType<Value>;
  /** The value when the option is not given. */
  readonly fallback: Value | Absent | typeof needed;
  /** Whether the flag may be repeated. Its value is then a list. */
  readonly repeatable?: boolean;
  /** Whether this is a switch that is on unless `--no-<name>` is given. */
  readonly negated?: boolean;
  /** Whether the value is given without a flag: `hypercorr convert FILE`. A command has at most one such option. A repeatable one takes all values. */
  readonly positional?: boolean;
}

/** Options by the names that a command's code uses for their values. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The values of a command's options. Only an option that may be left out can be `undefined`. */
export type Settings<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends Option<infer Value, infer Absent> ? Value | Absent : never;
};

/** The same option with a default value. */
export function withDefault<Value>(option: Option<Value>, fallback: Value): Option<Value, never> {
  return { ...option, fallback };
}

/** The same option, but it must be given. */
export function required<Value>(option: Option<Value>): Option<Value, never> {
  return { ...option, fallback: needed };
}

/** Where a value came from. Earlier sources override later ones. */
export type Source = 'flag' | 'environment' | 'file' | 'default';

/** The given values, by source. A flag's value is text; a file's value may be anything. */
export interface Given {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Earlier files override later ones. */
  readonly files: readonly ConfigurationFile[];
}

/** Values by the options' names. */
export interface ConfigurationFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Resolved<Table extends OptionTable> {
  readonly settings: Settings<Table>;
  readonly sources: Readonly<Record<keyof Table, Source>>;
}

/**
 * Finds a value for every option of a table: the flag's, else the environment's, else a file's, else the default.
 *
 * @throws UsageError that names a wrong value and its source, a missing option, or a key in a file that the command does not know
 */
export function resolveOptions<Table extends OptionTable>(table: Table, given: Given): Resolved<Table> {
  checkKeys(table, given);
  const settings: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const [key, option] of Object.entries(table)) {
    const found = find(option, given);
    sources[key] = found?.source ?? 'default';
    settings[key] = found === undefined ? fallbackOf(option) : parse(option, found);
  }
  // The loop gave every key of the table a value of its schema's type.
  return { settings, sources } as Resolved<Table>;
}

/** The value of one option before the others are resolved, or undefined if it is not given. @throws UsageError for a wrong value */
export function givenValue<Value>(option: Option<Value>, given: Given): Value | undefined {
  const found = find(option, given);
  return found === undefined ? undefined : parse(option, found);
}

interface Found {
  readonly source: Source;
  readonly value: unknown;
  /** The source as the user knows it: `--size`, `HYPERCORR_SIZE`, `"size" in run.json`. */
  readonly place: string;
}

function find(option: Option<unknown>, { flags, environment, files }: Given): Found | undefined {
  const { name } = option;
  const flag = flags[name];
  if (flag !== undefined) return { source: 'flag', value: flag, place: flagOf(option) };
  const variable = environmentName(name);
  const text = environment[variable];
  if (text !== undefined && text !== '') return { source: 'environment', value: text, place: variable };
  for (const { path, values } of files) {
    if (values[name] !== undefined) return { source: 'file', value: values[name], place: `"${name}" in ${path}` };
  }
  return undefined;
}

function parse<Value>(option: Option<Value>, { value, place }: Found): Value {
  const { success, data } = option.schema.safeParse(value);
  if (success) return data;
  throw new UsageError(
    `${place} takes ${option.takes}; got ${typeof value === 'string' ? value || 'nothing' : JSON.stringify(value)}`,
  );
}

function fallbackOf(option: Option<unknown>): unknown {
  const { argument, about, fallback, positional = false } = option;
  if (fallback === needed)
    throw new UsageError(
      `${flagOf(option)}${argument === undefined || positional ? '' : ` ${argument}`} is missing: ${about}`,
    );
  return fallback;
}

/** The option as the user types it. */
function flagOf({ name, argument = '', positional = false }: Option<unknown>): string {
  return positional ? argument : `--${name}`;
}

function checkKeys(table: OptionTable, { files }: Given): void {
  const known = Object.values(table).map(({ name }) => name);
  for (const { path, values } of files) {
    const strange = Object.keys(values).filter((name) => !known.includes(name));
    if (strange.length > 0) {
      const meant = new Set(strange.flatMap((name) => similarName(name, known) ?? []));
      const hint = meant.size > 0 ? `; did you mean ${[...meant].join(', ')}?` : '';
      throw new UsageError(`${path} sets ${strange.join(', ')}, which this command does not take${hint}`);
    }
  }
}

export function environmentName(name: string): string {
  return `HYPERCORR_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Settings by the options' names, in the form of a configuration file. The keys in `without` are left out. */
export function configurationOf<Table extends OptionTable>(
  table: Table,
  settings: Settings<Table>,
  without: readonly (keyof Table)[] = [],
): Record<string, unknown> {
  const values = Object.entries(table).flatMap(([key, { name }]) =>
    without.includes(key) ? [] : [[name, settings[key]] as const],
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
