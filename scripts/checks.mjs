// Checks of the sources that do not run them.
import { join } from 'node:path';
import { root } from './run.mjs';

/** A program, its arguments, and where it runs. @typedef {[string, string[], { cwd?: string }?]} Command */

/** @param {string} name @param {string} path */
const installed = (name, path) => join(root, 'node_modules', name, path);
const tsc = installed('typescript', 'bin/tsc');
const oxlint = installed('oxlint', 'bin/oxlint');
const oxfmt = installed('oxfmt', 'bin/oxfmt');

/**
 * Checks the types of all packages in one program, which reads every source once; or the types of some packages.
 *
 * @param {readonly string[]} [folders]
 * @returns {Command[]}
 */
export const typecheckCommands = (folders = ['.', 'scripts']) =>
  folders.map((folder) => [process.execPath, [tsc, '-p', folder]]);

/** @param {string[]} [folders] @returns {Command[]} */
export const lintCommands = (folders = ['.']) => [
  [process.execPath, [oxfmt, '--check', ...folders]],
  [process.execPath, [oxlint, ...folders]],
];

/** The API reference, in docs/api. @type {Command[]} */
export const referenceCommands = [
  [process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: join(root, 'tools/api-docs') }],
];
