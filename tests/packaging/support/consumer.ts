import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { node } from './command.ts';
import { installPackages } from './packages.ts';
import { root } from './root.ts';

const modules = join(root, 'tests/packaging/node_modules');

/** What a careful user sets, and that libraries are checked as well. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable', 'dom'],
  module: 'nodenext',
  rewriteRelativeImportExtensions: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  rootDir: '.',
  typeRoots: [join(modules, '@types')],
};

/** Projects of this test file by the packages that were asked for. */
const projects = new Map<string, Promise<string>>();

/** A project with these packages, from their tarballs, and what they depend on. Who asks for the same gets the same one. */
export function projectOf(names: readonly string[]): Promise<string> {
  const label = names.map((name) => name.replace('@hypercorr/', '')).join('-');
  const project = projects.get(label) ?? createProject(names, label);
  projects.set(label, project);
  return project;
}

async function createProject(names: readonly string[], label: string): Promise<string> {
  const { folder, packages } = inject('packed');
  const project = await mkdtemp(join(folder, `${label}-`));
  const closure = new Set(packages.filter(({ name }) => names.includes(name)).flatMap((each) => each.closure));
  await installPackages(
    project,
    packages.filter(({ name }) => closure.has(name)),
  );
  return project;
}

/** Compiles programs of a folder and what they import, or rejects with what the compiler says. */
export async function compile(
  folder: string,
  types: readonly string[],
  files: readonly string[] = ['main.ts'],
): Promise<void> {
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types }, files }),
  );
  await node([join(modules, 'typescript/bin/tsc'), '-p', '.'], { cwd: folder });
}

/** The same, with this text as main.ts. */
export async function compileProgram(folder: string, program: string, types: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'main.ts'), program);
  await compile(folder, types);
}
