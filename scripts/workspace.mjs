import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const groups = ['packages', 'apps', 'tools', 'tests'];

/**
 * The folders, relative to `root`, of the workspace's packages that have tests: each leaves its counts in
 * `.results/vitest.json`.
 *
 * @param {string} root
 * @returns {string[]}
 */
export const testedPackages = (root) => {
  const members = groups
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`));
  return [...members, 'scripts'].filter((folder) => {
    const manifest = join(root, folder, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.test !== undefined;
  });
};
