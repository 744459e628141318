// Starts the pinned pnpm through npx, so that a machine needs only Node and npm. The file is plain JavaScript because
// it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
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

/** @param {string} command */
const settings = (command) => ({
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  // On Windows npx is a .cmd file, which only a shell can start.
  shell: process.platform === 'win32' && command === 'npx',
});

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
    ...settings(command),
  });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
};

/**
 * Runs a command at the repository's root while others run, and returns its exit status and its output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, inherit?: boolean }} [options] where to run; whether to write to this program's own output
 * @returns {Promise<{ status: number, output: string }>}
 */
export const runBeside = (command, args, { cwd = root, inherit = false } = {}) =>
  new Promise((resolve) => {
    const stdio = inherit ? 'inherit' : 'pipe';
    const child = spawn(command, args, { cwd, stdio: ['inherit', stdio, stdio], ...settings(command) });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    child.once('error', (error) => resolve({ status: 1, output: `${output}${command}: ${error.message}\n` }));
    child.once('close', (status) => resolve({ status: status ?? 1, output }));
  });

/** @type {(args: readonly string[], options?: Parameters<typeof run>[2]) => number} */
export const pnpm = (args, options) => run('npx', ['--yes', pinned, ...args], options);

/** Turbo needs pnpm on its path. `pnpm exec` puts it there. */
const turboRun = ['exec', 'turbo', 'run'];

/**
 * Runs tasks of turbo.json.
 *
 * @type {(args: readonly string[], options?: Parameters<typeof run>[2]) => number}
 */
export const turbo = (args, options) => pnpm([...turboRun, ...args], options);

/** The same, beside other commands. @type {(args: readonly string[]) => Promise<number>} */
export const startTurbo = async (args) =>
  (await runBeside('npx', ['--yes', pinned, ...turboRun, ...args], { inherit: true })).status;

/** @type {(options?: Parameters<typeof run>[2]) => number} */
export const install = (options) => pnpm(['install', '--frozen-lockfile'], options);
