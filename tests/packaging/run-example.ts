// `pnpm example 03`: runs an example of docs/examples as it stands there, on the packages as they were last built.
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readExamples, writeExample } from './support/example.ts';

const examples = await readExamples();
const [number = '?'] = process.argv.slice(2);
const example = examples.find(({ name }) => name.startsWith(number.padStart(2, '0')));
if (example === undefined) {
  process.stderr.write(`pnpm example NUMBER, one of\n${examples.map(({ name }) => `  ${name}\n`).join('')}`);
  process.exit(2);
}

// Below this package, whose dependencies it imports.
const folder = fileURLToPath(new URL(`.examples/${example.name}`, import.meta.url));
await rm(folder, { recursive: true, force: true });
await writeExample(example, folder);
for (const line of [...example.commands, 'npx tsx main.ts']) {
  const { status } = spawnSync(line, { cwd: folder, stdio: 'inherit', shell: true });
  if (status !== 0) process.exit(status ?? 1);
}
