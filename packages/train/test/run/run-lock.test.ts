import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { FaultyDisk } from '../support/disk-faults.ts';
import { RunError } from '../../src/errors.ts';
import { RunLock, checkUnlocked, lockName } from '../../src/run/run-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-run-lock-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const take = (folder: string, onAbort: (cleanUp: () => void) => void = () => {}) =>
  RunLock.take(folder, 'hypercorr train', { onAbort });
const lockOf = (folder: string) => join(folder, lockName);

const holderIn = (folder: string): unknown => JSON.parse(readFileSync(lockOf(folder), 'utf8'));

/** A lock as a process with this number would leave it. */
function leaveLock(
  name: string,
  holder: { readonly pid: number; readonly host?: string; readonly began?: string },
): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(
    lockOf(folder),
    JSON.stringify({
      host: hostname(),
      began: 'unknown',
      command: 'hypercorr demo',
      since: '2026-01-02T03:04:05.678Z',
      id: name,
      ...holder,
    }),
  );
  return folder;
}

/** The number of a process that does nothing for a while. */
async function waitingProcess(
  command: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly says: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, pid: child.pid ?? Number.NaN, says: said.toString().trim() };
}

const idleProcess = () => waitingProcess(process.execPath, ['-e', 'console.log("runs"); setInterval(() => {}, 1000)']);

test("a folder is one program's, until that gives it back", async () => {
  const folder = join(root, 'new', 'run');
  const first = await take(folder);
  await expect(take(folder)).rejects.toThrow(RunError);
  await expect(take(folder)).rejects.toThrow(
    new RegExp(
      `run is in use by process ${process.pid}, hypercorr train, at work there since \\d{4}-.*Z; wait for it, or stop it \\(kill ${process.pid} saves a run\\) and resume the run`,
    ),
  );
  expect(() => checkUnlocked(folder)).toThrow('is in use');
  writeFileSync(join(folder, 'result'), '');
  first[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual(['result']);
  checkUnlocked(folder);
  using _ = await take(folder);
});

test('a folder that it made and in which nothing came to be is removed, and no other', async () => {
  const [made, found] = [join(root, 'made'), join(root, 'found')];
  mkdirSync(found);
  for (const folder of [made, found]) (await take(folder))[Symbol.dispose]();
  expect([existsSync(made), existsSync(found)]).toEqual([false, true]);
});

test('so it is when the program is told to end at once', async () => {
  const folder = join(root, 'aborted');
  const cleanUps: (() => void)[] = [];
  await take(folder, (cleanUp) => void cleanUps.push(cleanUp));
  expect(existsSync(lockOf(folder))).toBe(true);
  for (const cleanUp of cleanUps) cleanUp();
  expect(existsSync(lockOf(folder))).toBe(false);
});

test('a process elsewhere on this machine keeps it, until it is killed', async () => {
  const { child, pid } = await idleProcess();
  const folder = leaveLock('other', { pid });
  await expect(take(folder)).rejects.toThrow(
    `in use by process ${pid}, hypercorr demo, at work there since 2026-01-02T03:04:05.678Z`,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  using _ = await take(folder);
  expect(holderIn(folder)).toMatchObject({ pid: process.pid, command: 'hypercorr train' });
  expect(readdirSync(folder)).toEqual([lockName]);
});

test('a process of another machine keeps it for as long as the lock is there', async () => {
  const folder = leaveLock('far', { pid: process.pid, host: `not-${hostname()}` });
  await expect(take(folder)).rejects.toThrow(
    `in use by process ${process.pid} on not-${hostname()}, hypercorr demo, at work there since 2026-01-02T03:04:05.678Z; it cannot be seen from here: if it is over, remove ${lockOf(folder)}`,
  );
  rmSync(lockOf(folder));
  using _ = await take(folder);
});

test("a lock with this process's own number that it did not make is another's, who is gone: in containers numbers start again", async () => {
  const folder = leaveLock('same-number', { pid: process.pid });
  using _ = await take(folder);
  expect(holderIn(folder)).toMatchObject({ command: 'hypercorr train' });
});

test('the lock of a program that was killed while it wrote it is taken over', async () => {
  const folder = join(root, 'half');
  mkdirSync(folder);
  for (const half of ['', '{"pid":1,"ho']) {
    writeFileSync(lockOf(folder), half);
    checkUnlocked(folder);
    using _ = await take(folder);
  }
});

test('of several that find a lock that was left over, one gets the folder', async () => {
  const folder = leaveLock('race', { pid: process.pid });
  writeFileSync(lockOf(folder), 'half');
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => take(folder)));
  const locks = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(locks).toHaveLength(1);
  for (const lock of locks) lock[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
});

test('who removes a lock that was left over keeps others from it meanwhile, for as long as that program is there', async () => {
  const { child, pid } = await idleProcess();
  const folder = leaveLock('guarded', { pid: process.pid });
  const leftOver = readFileSync(lockOf(folder), 'utf8');
  writeFileSync(`${lockOf(folder)}.lock`, leftOver.replace(String(process.pid), String(pid)));
  await expect(take(folder)).rejects.toThrow(`guarded is in use by process ${pid}, hypercorr demo`);
  expect(readFileSync(lockOf(folder), 'utf8')).toBe(leftOver);
  child.kill('SIGKILL');
  await once(child, 'exit');
  using _ = await take(folder);
  expect(readdirSync(folder)).toEqual([lockName]);
});

test('a lock that was taken for a half one, as its program was so slow to write it, is none', async () => {
  const { pid } = await idleProcess();
  const [folder, other] = [join(root, 'slow'), leaveLock('faster', { pid })];
  const write = vi.spyOn(fs, 'writeFileSync').mockImplementationOnce(() => copyFileSync(lockOf(other), lockOf(folder)));
  syncBuiltinESMExports();
  try {
    await expect(take(folder)).rejects.toThrow(`slow is in use by process ${pid}, hypercorr demo`);
  } finally {
    write.mockRestore();
    syncBuiltinESMExports();
  }
});

test('a lock that cannot be removed at the end is no failure, and does not keep the next one out', async () => {
  const folder = join(root, 'read-only');
  const lock = await take(folder);
  {
    using _ = new FaultyDisk({ folder, at: 0, effect: 'read-only' });
    lock[Symbol.dispose]();
  }
  expect(existsSync(lockOf(folder))).toBe(true);
  using _ = await take(folder);
});

test('one that cannot be made or taken over is told with its name', async () => {
  const folder = leaveLock('failing', { pid: process.pid });
  // What is done first: the folder is made, the lock is written, which opens it, so is the lock of who removes what is in the way, and that is removed.
  for (const [at, message] of [
    [1, `could not write ${lockOf(folder)}: EROFS`],
    [3, `could not write ${lockOf(folder)}.lock: EROFS`],
    [5, `could not remove ${lockOf(folder)}, the lock of a program that has ended: EROFS`],
  ] as const) {
    using _ = new FaultyDisk({ folder, at, effect: 'read-only' });
    await expect(take(folder)).rejects.toThrow(message);
  }
});

describe.skipIf(!existsSync('/proc/self/stat'))('where the system tells when a process began', () => {
  test('another process that got the number of one that is gone does not keep the folder', async () => {
    const { pid } = await idleProcess();
    const folder = leaveLock('number-again', { pid, began: '1' });
    using _ = await take(folder);
    expect(holderIn(folder)).toMatchObject({ pid: process.pid });
  });

  test('a process that is over and that nobody has asked about does not either', async () => {
    // It ends after its parent has become a program that asks about nobody: a shell would ask.
    const { says: zombie } = await waitingProcess('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60']);
    while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8')))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(spawnSync('kill', ['-0', zombie]).status).toBe(0);
    const folder = leaveLock('zombie', { pid: Number(zombie) });
    using _ = await take(folder);
    expect(holderIn(folder)).toMatchObject({ pid: process.pid });
  });
});
