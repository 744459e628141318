import { cp, mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { root } from './root.ts';

const leftOut = new Set(['node_modules', 'dist', '.results', '.turbo']);

/**
 * Copies files and packages of the repository into `target`. What a package depends on is linked: to the copy where that
 * has it, else to what is installed here.
 *
 * @param paths relative to the root
 */
export async function copyWorkspace(paths: readonly string[], target: string): Promise<void> {
  for (const path of paths) {
    await cp(join(root, path), join(target, path), {
      recursive: true,
      filter: (source) => !leftOut.has(basename(source)),
    });
  }
  for (const path of paths) {
    if (existsSync(join(root, path, 'node_modules'))) await linkModules(join(path, 'node_modules'), paths, target);
  }
}

async function linkModules(folder: string, copied: readonly string[], target: string): Promise<void> {
  await mkdir(join(target, folder), { recursive: true });
  for (const name of await readdir(join(root, folder))) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    if (name.startsWith('@')) {
      await linkModules(path, copied, target);
      continue;
    }
    const installed = await realpath(join(root, path));
    const own = relative(await realpath(root), installed);
    await symlink(copied.includes(own) ? join(target, own) : installed, join(target, path));
  }
}
