import type { z } from 'zod';
import { UsageError } from './failure.ts';
import { similarName } from './similar-name.ts';

/** In place of a default: there has to be a value. */
export const needed = Symbol('needed');

/**
 * One setting of a command: a flag, an environment variable and a key of a configuration file at once, all named after
 * the flag: `--backbone-weights`, `HYPERCORR_BACKBONE_WEIGHTS`, `"backbone-weights"`.
 */
export interface Option<Value, Absent extends undefined = undefined> {
  /** The flag's name without dashes. */
  readonly name: string;
  /** How the help calls the flag's value; none for a switch. */
  readonly argument?: string;
  /** One line for the help. */
  readonly about: string;
  /** What a value has to be, for errors: "a whole number from 1". */
  readonly takes: string;
  readonly schema: z.ZodType<Value>;
  /** What holds when nothing is said. */
  readonly fallback: Value | Absent | typeof needed;
  /** Whether the flag may be given several times; its value is the list. */
  readonly repeatable?: boolean;
  /** A switch that is on unless `--no-<name>` is given. */
  readonly negated?: boolean;
  /** Given without a flag: `hypercorr convert FILE`. A command has one at most; repeatable, it takes all there are. */
  readonly positional?: boolean;
}

/** Options by the names under which a command knows their values. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What a command gets: a value for each of its options, `undefined` only for those that may be left out. */
export type Settings<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends Option<infer Value, infer Absent> ? Value | Absent : never;
};

/** The same option, with a value for when nothing is said. */
export function withDefault<Value>(option: Option<Value>, fallback: Value): Option<Value, never> {
  return { ...option, fallback };
}

/** The same option, which has to be given. */
export function required<Value>(option: Option<Value>): Option<Value, never> {
  return { ...option, fallback: needed };
}

/** Where a value came from, the strongest first. */
export type Source = 'flag' | 'environment' | 'file' | 'default';

/** Where values may come from; a flag's value is text, a file's anything. */
export interface Given {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The strongest first. */
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
 * A value for every option of a table: the flag's, else the environment's, else the file's, else the default.
 *
 * @throws UsageError that names the place of a value that does not fit, an option that is missing, or a key of the file
 * that the command does not know
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
  // Every key of the table was just given a value of its schema's type.
  return { settings, sources } as Resolved<Table>;
}

/** One option's value, before the others are known; undefined where nobody gave one. @throws UsageError for one that does not fit */
export function givenValue<Value>(option: Option<Value>, given: Given): Value | undefined {
  const found = find(option, given);
  return found === undefined ? undefined : parse(option, found);
}

interface Found {
  readonly source: Source;
  readonly value: unknown;
  /** What the user would call the place. */
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

/** As it is typed. */
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

/** Values by the options' names, as a configuration file holds them; some keys of the table left out. */
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
