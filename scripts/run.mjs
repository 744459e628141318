// Starts the pinned pnpm through npx, so that a machine needs nothing but Node and npm. Plain JavaScript,
// because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const { devEngines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const pinned = `${devEngines.packageManager.name}@${devEngines.packageManager.version}`;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node 20.19 or later is needed; this is ${process.versions.node}.\n`);
  process.exit(1);
}

/**
 * Runs a command at the repository's root and returns its exit status.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, stdoutTo?: 'stdout' | 'stderr' }} [options] where to run, and where its output goes
 * @returns {number}
 */
export const run = (command, args, { cwd = root, stdoutTo = 'stdout' } = {}) => {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['inherit', stdoutTo === 'stderr' ? 2 : 'inherit', 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    // npx is a .cmd file there, which only a shell starts.
    shell: process.platform === 'win32' && command === 'npx',
  });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
};

/** @type {(args: readonly string[], options?: Parameters<typeof run>[2]) => number} */
export const pnpm = (args, options) => run('npx', ['--yes', pinned, ...args], options);

/**
 * Runs tasks of turbo.json. Turbo asks for pnpm on its path, which `pnpm exec` sees to.
 *
 * @type {(args: readonly string[], options?: Parameters<typeof run>[2]) => number}
 */
export const turbo = (args, options) => pnpm(['exec', 'turbo', 'run', ...args], options);

/** @type {(options?: Parameters<typeof run>[2]) => number} */
export const install = (options) => pnpm(['install', '--frozen-lockfile'], options);
