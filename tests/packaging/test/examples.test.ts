import { mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { command, node } from '../support/command.ts';
import { compile, compileProgram, projectOf } from '../support/consumer.ts';
import { parseExample, readExamples, writeExample } from '../support/example.ts';
import { root } from '../support/root.ts';

/** The last example trains for half a minute, and longer on a busy machine. */
const patience = 300_000;

const examples = await readExamples();

describe('docs/examples', () => {
  let project: string;
  beforeAll(async () => {
    project = await projectOf(inject('packed').packages.map(({ name }) => name));
    // What the pages tell to install besides.
    const here = join(root, 'tests/packaging/node_modules');
    await mkdir(join(project, 'node_modules/.bin'), { recursive: true });
    for (const path of ['gpu.js', 'assemblyscript', '.bin/asc'])
      await symlink(join(here, path), join(project, 'node_modules', path));
    for (const example of examples) await writeExample(example, join(project, example.name));
  }, patience);

  it.each(examples)('$name prints what it shows', { timeout: patience }, async ({ name, commands, output }) => {
    const folder = join(project, name);
    for (const line of commands) {
      const [file = '', ...args] = line.split(' ');
      await command(file, args, { cwd: folder });
    }
    await compile(folder, ['node']);
    expect(output).not.toBe('');
    await expect(node(['main.js'], { cwd: folder })).resolves.toBe(output);
  });

  it.each(examples.filter(({ refused }) => refused.length > 0))(
    '$name: what it says does not compile is refused in its words',
    { timeout: patience },
    async ({ name, refused }) => {
      const folder = join(project, `${name}-refused`);
      await mkdir(folder, { recursive: true });
      const program = await readFile(join(project, name, 'main.ts'), 'utf8');
      const said = await compileProgram(folder, `${program}\n${refused.map(({ line }) => line).join('')}`, [
        'node',
      ]).then(() => '', String);
      for (const { message } of refused) expect(said).toContain(message);
    },
  );

  it('are numbered from 1 on, and docs/README.md lists them and all other documents', async () => {
    expect(examples.map(({ name }) => Number(name.slice(0, 2)))).toEqual(examples.map((_, i) => i + 1));
    const index = await readFile(join(root, 'docs/README.md'), 'utf8');
    const others = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md') && name !== 'README.md');
    for (const path of [...examples.map(({ name }) => `examples/${name}.md`), ...others])
      expect(index).toContain(`(${path})`);
  });

  it('are refused when a line that does not compile has no error beside it', () => {
    expect(() => parseExample('00-x', '```ts refused\nadd();\n```\n')).toThrow(
      '00-x refuses 1 lines, and shows 0 errors',
    );
  });
});
