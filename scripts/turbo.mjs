// `pnpm build`, `pnpm lint`…: a task of turbo.json in every package that has it, with turbo's own options.
import { turbo } from './run.mjs';

process.exitCode = turbo(process.argv.slice(2));
