// `pnpm typecheck`: builds the kernels, whose modules the sources import, and checks all types.
import { typecheckCommands } from './checks.mjs';
import { run, turbo } from './run.mjs';

process.exitCode =
  turbo(['kernels', '--output-logs=new-only']) || Math.max(...typecheckCommands().map((command) => run(...command)));
