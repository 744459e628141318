import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const groups = ['packages', 'apps', 'tools', 'tests'];

/**
 * The folders, relative to `root`, of the workspace's packages that have tests. Each package leaves its counts in
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

/**
 * Chooses tested packages: by folder (`packages/tensor`) or by its last part (`tensor`). No name chooses all of them.
 *
 * @param {readonly string[]} folders of all tested packages
 * @param {readonly string[]} names
 * @returns {string[]} folders
 * @throws Error for a name that no tested package has
 */
export const choosePackages = (folders, names) => {
  if (names.length === 0) return [...folders];
  const chosen = names.map((name) => {
    const folder = folders.find((each) => [each, basename(each)].includes(name.replace(/\/+$/, '')));
    if (folder !== undefined) return folder;
    const known = folders.map((each) => basename(each)).toSorted();
    throw new Error(`there is no package ${name} with tests; there are ${known.join(', ')}`);
  });
  return folders.filter((folder) => chosen.includes(folder));
};
