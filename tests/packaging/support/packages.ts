import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.ts';
import { root } from './root.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package that is published, and those of them that it needs, each in its tarball. */
export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** Names, itself included. */
  readonly closure: readonly string[];
  /** Whether any of them needs a package from elsewhere. */
  readonly outside: boolean;
}

async function readManifest<T>(folder: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as T;
}

/**
 * Packs every package under `packages/` that is not private, as `pnpm publish` would.
 *
 * @param target the folder for the tarballs
 * @throws Error when one was not built before
 */
export async function packPackages(target: string): Promise<PackedPackage[]> {
  await mkdir(target, { recursive: true });
  const { devEngines } = await readManifest<{ devEngines: { packageManager: { name: string; version: string } } }>(
    root,
  );
  const pnpm = `${devEngines.packageManager.name}@${devEngines.packageManager.version}`;
  const dependencies = new Map<string, readonly string[]>();
  for (const entry of await readdir(join(root, 'packages'))) {
    const folder = join(root, 'packages', entry);
    const manifest = await readManifest<Manifest>(folder);
    if (manifest.private === true) continue;
    if (!existsSync(join(folder, 'dist'))) throw new Error(`packages/${entry} has no dist: build it first`);
    dependencies.set(manifest.name, Object.keys(manifest.dependencies ?? {}));
  }
  // All at once: each start of pnpm takes seconds.
  const filters = [...dependencies.keys()].flatMap((name) => ['--filter', name]);
  const packing = ['--yes', pnpm, '--recursive', ...filters, 'pack', '--json', '--pack-destination', target];
  const packed = JSON.parse(await command('npx', packing, { cwd: root })) as { name: string; filename: string }[];
  const tarballs = new Map(packed.map(({ name, filename }) => [name, filename]));
  const closureOf = (name: string): string[] => [name, ...(dependencies.get(name) ?? []).flatMap(closureOf)];
  return Array.from(tarballs, ([name, tarball]) => {
    const closure = [...new Set(closureOf(name))];
    return { name, tarball, closure, outside: closure.some((each) => !tarballs.has(each)) };
  });
}

/** Makes `folder` a project that has these packages installed from their tarballs, and of others just what they need. */
export async function installPackages(folder: string, packages: readonly PackedPackage[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies }, null, 2),
  );
  const network = packages.some(({ outside }) => outside) ? '--prefer-offline' : '--offline';
  await command('npm', ['install', network, '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
}
