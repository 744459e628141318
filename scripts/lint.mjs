// `pnpm lint`: checks the format, and the rules of .oxlintrc.json.
import { lintCommands } from './checks.mjs';
import { run } from './run.mjs';

process.exitCode = Math.max(...lintCommands().map((command) => run(...command)));
