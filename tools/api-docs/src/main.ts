// `pnpm reference`: the reference, in docs/api.
import { fileURLToPath } from 'node:url';
import { buildReference } from './build.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const written = await buildReference({
  root: at('../../..'),
  out: at('../../../docs/api'),
  tsconfig: at('../tsconfig.reference.json'),
});
process.exitCode = written ? 0 : 1;
