import { readFileSync } from 'node:fs';
import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { RunUsageError } from '@hypercorr/train';
import { Interrupt, TerminalLog, type TextStream } from '@hypercorr/train/node';
import { z } from 'zod';
import { Engines, type AnyCommand } from './command.ts';
import { readConfiguration } from './configuration.ts';
import { UsageError, describeFailure, exitCodes, type ExitCode } from './failure.ts';
import { misspeltVariables } from './environment.ts';
import { environmentName, needed, resolveOptions, type Given, type Option } from './option.ts';
import { computing, model, output } from './options.ts';

/** The streams and the environment that a command line runs with. */
export interface Terminal {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs one command line.
 *
 * @param args without the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted
 */
export async function runCommandLine(
  commands: readonly AnyCommand[],
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = programOf(commands, terminal, async (command, flags) => {
    exitCode = await execute(command, flags, terminal, commands);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already reported the mistake, or printed the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

type Flags = Readonly<Record<string, unknown>>;

async function execute(
  command: AnyCommand,
  flags: Flags,
  { stdout, stderr, env }: Terminal,
  all: readonly AnyCommand[],
): Promise<ExitCode> {
  const to = { stream: stderr, environment: env, program: 'hypercorr' };
  let log = new TerminalLog(to);
  let engines: Engines | undefined;
  let interrupt: Interrupt | undefined;
  try {
    const { settings, sources } = resolveOptions(command.options, givenTo(command, flags, env));
    log = new TerminalLog({ ...to, quiet: settings['quiet'] === true });
    for (const warning of misspeltVariables(env, all)) log.warn(warning);
    const started = new Engines(log);
    engines = started;
    interrupt = new Interrupt(log);
    const context = {
      log,
      sources,
      interrupt,
      engine: (computing: Parameters<Engines['start']>[0]) => started.start(computing),
    };
    const { json, text, exitCode = exitCodes.done, afterwards } = await command.run(settings, context);
    log.endLine();
    stdout.write(`${settings['json'] === true ? JSON.stringify(json) : text}\n`);
    return afterwards === undefined ? exitCode : await afterwards();
  } catch (error) {
    log.error(describeFailure(error));
    if (!(error instanceof UsageError || error instanceof RunUsageError)) return exitCodes.failed;
    log.say(`see hypercorr ${command.name} --help`);
    return exitCodes.usage;
  } finally {
    interrupt?.[Symbol.dispose]();
    await engines?.dispose();
  }
}

/** @throws UsageError if the configuration file cannot be read, or holds no JSON object */
function givenTo(command: AnyCommand, flags: Flags, environment: Given['environment']): Given {
  const { config: path = environment[environmentName('config')], ...others } = flags;
  const named = typeof path === 'string' && path !== '' ? [readConfiguration(path)] : [];
  const given: Given = { flags: others, environment, files: named };
  const remembered = command.remembered?.(given);
  return remembered === undefined ? given : { ...given, files: [...named, remembered] };
}

function programOf(
  commands: readonly AnyCommand[],
  { stdout, stderr }: Terminal,
  action: (command: AnyCommand, flags: Flags) => Promise<void>,
): Commander {
  const program = configured(new Commander('hypercorr'), { stdout, stderr })
    .description('Few-shot segmentation: from one image with a mask, finds the same kind of object in other images.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', '\nhypercorr <command> --help describes a command and gives examples.');
  const groups = new Map<string, Commander>();
  for (const command of commands) {
    const [first = '', second] = command.name.split(' ');
    const parent = second === undefined ? program : groupOf(program, groups, first);
    const entry = configured(parent.command(second ?? first), { stdout, stderr })
      .summary(command.summary)
      .description([command.summary, command.description].filter(Boolean).join('\n\n'))
      .allowExcessArguments(false)
      .helpOption('-h, --help', 'print this help')
      .addHelpText(
        'after',
        `\nExamples:\n${command.examples.map(([line, does]) => `  ${line}\n      ${does}`).join('\n')}`,
      )
      .action(function run(this: Commander) {
        return action(command, byName(command, { ...this.opts<Flags>(), ...positionals(command, this.args) }));
      });
    for (const { argument = '', about, positional, repeatable } of Object.values(command.options)) {
      if (positional === true) entry.argument(repeatable === true ? `[${argument}...]` : `[${argument}]`, about);
    }
    const flags = Object.values(command.options)
      .filter(({ positional }) => positional !== true)
      .map(flagOf);
    for (const group of [undefined, groupTitles.model, groupTitles.common]) {
      for (const flag of flags) if (flag.helpGroupHeading === group) entry.addOption(flag);
    }
    entry.addOption(
      new CommanderOption(
        '--config <FILE>',
        'a JSON file of options by name; flags and environment variables override it',
      ).helpGroup(groupTitles.common),
    );
  }
  return program;
}

const groupTitles = { common: 'Everywhere:', model: 'The model:' } as const;

function groupOf(program: Commander, groups: Map<string, Commander>, name: string): Commander {
  const group =
    groups.get(name) ?? program.command(name).summary(`${name} …`).helpOption('-h, --help', 'print this help');
  groups.set(name, group);
  return group;
}

function configured(command: Commander, { stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>): Commander {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'hypercorr: ')),
    });
}

function flagOf(option: Option<unknown>): CommanderOption {
  const { name, argument, about, fallback, repeatable, negated } = option;
  const flag = negated === true ? `--no-${name}` : `--${name}${argument === undefined ? '' : ` <${argument}>`}`;
  const note =
    fallback === needed
      ? ' (required)'
      : argument !== undefined && fallback !== undefined
        ? ` (default: ${String(fallback)})`
        : '';
  const made = new CommanderOption(flag, `${about}${note}`);
  if (repeatable === true) made.argParser((value: string, before: readonly string[] = []) => [...before, value]);
  if (isIn(option, { ...output, ...computing })) made.helpGroup(groupTitles.common);
  else if (name === 'seed') made.helpGroup(groupTitles.common);
  else if (isIn(option, model)) made.helpGroup(groupTitles.model);
  return made;
}

function isIn({ name }: Option<unknown>, table: Readonly<Record<string, { readonly name: string }>>): boolean {
  return Object.values(table).some((option) => option.name === name);
}

function positionals({ options }: AnyCommand, args: readonly string[]): Flags {
  const taken = Object.values(options).filter(({ positional }) => positional === true);
  const rest = (from: number): readonly string[] | undefined => (args.length > from ? args.slice(from) : undefined);
  return Object.fromEntries(taken.map(({ name, repeatable }, i) => [name, repeatable === true ? rest(i) : args[i]]));
}

/** The flags by the options' names. Commander names `--backbone-weights` backboneWeights, and sets `--no-x` to true when it is not given. */
function byName({ options }: AnyCommand, flags: Flags): Flags {
  const named: Record<string, unknown> = { config: flags['config'] };
  for (const { name, negated } of Object.values(options)) {
    const value = flags[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    named[name] = negated === true && value === true ? undefined : value;
  }
  return named;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}
