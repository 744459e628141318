import type { Interrupt, TerminalLog } from '@hypercorr/train/node';
import type { Engine } from '@hypercorr/tensor';
import { startEngine, type ComputingSettings } from './engine.ts';
import type { ExitCode } from './failure.ts';
import type { ConfigurationFile, Given, OptionTable, Settings, Source } from './option.ts';

/** The result of a command. It is printed to stdout, as JSON or as text. */
export interface Outcome {
  /** The fields that `--json` promises. */
  readonly json: object;
  /** The same result for people, without a line break at the end. */
  readonly text: string;
  /** Set when the command did only part of its work; 0 by default. */
  readonly exitCode?: ExitCode;
  /** Work after the result is printed. A failure there cannot lose the result. Gives the final exit code. */
  readonly afterwards?: () => Promise<ExitCode>;
}

/** What a command is given besides its settings. */
export interface Context<Table extends OptionTable = OptionTable> {
  readonly log: TerminalLog;
  /** Where each setting came from. */
  readonly sources: Readonly<Record<keyof Table, Source>>;
  /** Handles Ctrl-C. By default Ctrl-C ends the command at once. */
  readonly interrupt: Interrupt;
  /**
   * Starts the engine that the settings ask for, makes it the default engine, and logs its description. The engine is shut down after
   * the command.
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
  /** More text for the command's own help. */
  readonly description?: string;
  readonly options: Table;
  /** Complete command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** The settings of an earlier run that this one continues. Everything given now overrides them. */
  remembered?(given: Given): ConfigurationFile | undefined;
  run(settings: Settings<Table>, context: Context<Table>): Promise<Outcome>;
}

/** A command without the type of its options, for lists of commands. */
export interface AnyCommand extends Omit<Command, 'run'> {
  run(settings: Readonly<Record<string, unknown>>, context: Context): Promise<Outcome>;
}

/**
 * Defines a command. It accepts only the options named in `options`, and `settings` holds their values.
 *
 * @example
 * export const countCommand = defineCommand({
 *   name: 'count',
 *   summary: 'counts images',
 *   options: { ...output, data: required(own.data) },
 *   examples: [['hypercorr count --data images', 'prints the number of images']],
 *   run: async ({ data }, { log }) => …,
 * });
 */
export function defineCommand<const Table extends OptionTable>(command: Command<Table>): Command<Table> {
  return command;
}

/** Starts engines for a command and shuts them down. */
export class Engines {
  readonly #log: TerminalLog;
  readonly #started: Engine[] = [];

  constructor(log: TerminalLog) {
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
