// `pnpm build`, `pnpm lint`…: runs a task of turbo.json in every package that has it. turbo's own options are allowed.
import { turbo } from './run.mjs';

process.exitCode = turbo(process.argv.slice(2));
