import type { Engine } from '@hypercorr/tensor';
import { startEngine, type ComputingSettings } from './engine.ts';
import type { ExitCode } from './failure.ts';
import type { Interrupt } from './interrupt.ts';
import type { Log } from './log.ts';
import type { ConfigurationFile, Given, OptionTable, Settings, Source } from './option.ts';

/** What a command gives back: printed to stdout, as JSON or as text. */
export interface Outcome {
  /** The fields that `--json` promises. */
  readonly json: object;
  /** The same for people, without a line break at its end. */
  readonly text: string;
  /** When not all could be done that was asked for; 0 otherwise. */
  readonly exitCode?: ExitCode;
  /** What is left to do once the result is printed, which no fault of it can cost then. It gives the exit code that holds in the end. */
  readonly afterwards?: () => Promise<ExitCode>;
}

/** What a command has at hand besides its settings. */
export interface Context<Table extends OptionTable = OptionTable> {
  readonly log: Log;
  /** Where each setting came from. */
  readonly sources: Readonly<Record<keyof Table, Source>>;
  /** Ctrl-C. A command that does nothing about it ends at once. */
  readonly interrupt: Interrupt;
  /**
   * Starts the engine that the settings ask for as the default one, and says which. It is shut down after the command.
   *
   * @throws UsageError, BackendError as `startEngine`
   */
  engine(settings: ComputingSettings): Promise<Engine>;
}

export interface Command<Table extends OptionTable = OptionTable> {
  /** As it is typed: `train`, `datasets check`. */
  readonly name: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** More, in the command's own help. */
  readonly description?: string;
  readonly options: Table;
  /** Whole command lines, with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Settings of an earlier time that this one goes on with; they are weaker than all that is given now. */
  remembered?(given: Given): ConfigurationFile | undefined;
  run(settings: Settings<Table>, context: Context<Table>): Promise<Outcome>;
}

/** A command with its table's type forgotten, for lists of commands. */
export interface AnyCommand extends Omit<Command, 'run'> {
  run(settings: Readonly<Record<string, unknown>>, context: Context): Promise<Outcome>;
}

/**
 * Describes a command. `settings` holds just the options named in `options`: what is not there is not accepted.
 *
 * @example
 * export const countCommand = defineCommand({
 *   name: 'count',
 *   summary: 'counts images',
 *   options: { ...output, data: required(own.data) },
 *   examples: [['hypercorr count --data images', 'says how many there are']],
 *   run: async ({ data }, { log }) => …,
 * });
 */
export function defineCommand<const Table extends OptionTable>(command: Command<Table>): Command<Table> {
  return command;
}

/** Starts engines for a command, and shuts them down. */
export class Engines {
  readonly #log: Log;
  readonly #started: Engine[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  async start(settings: ComputingSettings): Promise<Engine> {
    const engine = await startEngine(settings);
    this.#started.push(engine);
    this.#log.say(engine.description);
    return engine;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((engine) => engine.dispose()));
  }
}
