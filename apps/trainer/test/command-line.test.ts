import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallTraining } from '../reliability/small-training.ts';
import { commands } from '../src/commands/index.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-command-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The command as it is installed; it runs what `build` made. */
const program = fileURLToPath(new URL('../bin/hypercorr.js', import.meta.url));

describe('the installed command', () => {
  const run = (...args: readonly string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });

  test('lists its commands, and gives its version', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const { name } of commands) expect(stdout).toContain(name.split(' ')[0]);
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('exits with 2 for wrong usage', () => {
    const { status, stdout, stderr } = run('pridict');
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      "hypercorr: unknown command 'pridict'\n(Did you mean predict?)\n",
    ]);
    expect(run().status).toBe(2);
  });

  test('says how it is built where it is not', () => {
    const copy = join(root, 'unbuilt', 'bin', 'hypercorr.mjs');
    cpSync(program, copy, { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [copy, '--help'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      'hypercorr: it is not built yet; run npm start or npm test first, which builds it\n',
    ]);
  });

  test('does not mind a reader that has gone', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${program}" --help | true`], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

test.each(commands.map(({ name }) => [name]))('%s has help with an example', async (name) => {
  const { exitCode, stdout } = await hypercorr([...name.split(' '), '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`Examples:\\n  hypercorr ${name}\\b`));
  expect(stdout).toMatch(/--config <FILE>/);
});

test('every option has one meaning: what two commands call the same takes the same', () => {
  const takes = new Map<string, string>();
  for (const { options } of commands) {
    for (const option of Object.values(options)) {
      // `--out` is a folder, and the file of `forward`.
      const key = `${option.name} ${option.argument}`;
      expect(takes.get(key) ?? option.takes, key).toBe(option.takes);
      takes.set(key, option.takes);
    }
  }
});

describe('Ctrl-C', () => {
  const data = join(root, 'data');
  const backbone = join(root, 'backbone');
  beforeAll(async () => {
    await writeShapes(data, { classes: 3, images: 3 });
    await writeRandomBackbone(backbone);
  });

  /** Starts a long training, and sends a signal for each of these texts when stderr says it. */
  async function signalled(out: string, texts: readonly string[], signal: NodeJS.Signals) {
    const model = ['--backbone', 'tiny', '--backbone-weights', backbone, '--size', '32', '--threads', '1'];
    const args = [
      'train',
      '--benchmark',
      'folder',
      '--data',
      data,
      ...model,
      '--batch',
      '1',
      '--episodes',
      '10',
      '--epochs',
      '500',
      '--out',
      out,
    ];
    const child = spawn(process.execPath, [program, ...args]);
    let stderr = '';
    const waiting = [...texts];
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      for (const text of waiting.splice(0)) {
        if (stderr.includes(text)) child.kill(signal);
        else waiting.push(text);
      }
    });
    const exitCode = await new Promise<number | null>((resolve) => void child.on('close', resolve));
    return { exitCode, stderr };
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s saves the run and says how to resume', async (signal) => {
    const out = join(root, signal);
    const { exitCode, stderr } = await signalled(out, ['epoch 1'], signal);
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(
      /warning: interrupted; the current step is finished and the run saved \(once more to stop at once\)/,
    );
    expect(stderr).toContain(`hypercorr train --out ${out} --resume`);
    expect(existsSync(join(out, 'last.safetensors'))).toBe(true);
    expect(existsSync(join(out, 'run.lock'))).toBe(false);
  });

  test('a closed output does not end the run', async () => {
    const out = join(root, 'unread');
    const child = spawn(process.execPath, [program, 'train', ...smallTraining(data, backbone), '--out', out]);
    child.stdout.destroy();
    child.stderr.once('data', () => child.stderr.destroy());
    expect(await new Promise((resolve) => void child.on('exit', resolve))).toBe(0);
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });

  test('twice stops at once and leaves no half-written file', async () => {
    const out = join(root, 'twice');
    const { exitCode, stderr } = await signalled(out, ['epoch 1', 'once more'], 'SIGINT');
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/warning: stopped\n$/);
    expect(readdirSync(out).filter((name) => name.endsWith('.tmp') || name === 'run.lock')).toEqual([]);
  });
});

describe('doctor', () => {
  interface Examined {
    readonly backends: readonly { readonly name: string; readonly available: boolean; readonly description: string }[];
    readonly used: { readonly backend: string; readonly description: string; readonly why: string };
    readonly threads: { readonly processors: number };
    readonly simd: { readonly baseline: boolean; readonly relaxed: boolean };
  }

  test('says what can run, what will, and why', async () => {
    const usual = await hypercorrJson<Examined>('doctor');
    expect(usual.backends.map(({ name }) => name)).toEqual(['wasm', 'gpu', 'reference']);
    expect(usual.simd.baseline).toBe(true);
    expect(usual.used).toMatchObject({ backend: 'wasm', why: expect.stringContaining('the default backend') });
    expect(usual.used.description).toContain(`${usual.threads.processors} thread`);
    const asked = await hypercorrJson<Examined>('doctor', '--threads', '1');
    expect(asked.used).toMatchObject({
      description: expect.stringMatching(/^wasm: 1 thread,/),
      why: expect.stringContaining('asked for (by a flag)'),
    });
    expect((await hypercorrJson<Examined>('doctor', '--backend', 'reference')).used.backend).toBe('reference');
  });

  test('a backend that is not there is an error, and no other takes its place', async () => {
    const { backends } = await hypercorrJson<Examined>('doctor');
    const gpu = backends.find(({ name }) => name === 'gpu');
    const { exitCode, stdout } = await hypercorr(['doctor', '--backend', 'gpu']);
    expect(exitCode).toBe(gpu?.available === true ? 0 : 1);
    expect(stdout).toContain(
      gpu?.available === true
        ? 'will use:   gpu: '
        : 'will use:   nothing: this backend was asked for (by a flag), and it is not available\nbecause:    [gpu] there is no GPU here',
    );
  });

  test('--profile lists the operations of a prediction and of a training step, the slowest first', async () => {
    interface Profiled {
      readonly milliseconds: number;
      readonly operations: readonly {
        readonly name: string;
        readonly calls: number;
        readonly milliseconds: number;
        readonly bytes_read: number;
        readonly bytes_written: number;
      }[];
    }
    const small = ['doctor', '--profile', '--size', '64', '--threads', '1'];
    const { profile } = await hypercorrJson<{
      profile: { backbone: string; prediction: Profiled; training: Profiled };
    }>(...small);
    expect(profile).toMatchObject({ backbone: 'tiny', kernel: 'center-pivot', size: 64 });
    const backward = ['conv4dInputGradient', 'conv4dWeightGradient', 'conv2dInputGradient', 'reluGradient'];
    for (const [part, there, missing] of [
      ['prediction', ['argMax'], backward],
      ['training', backward, ['argMax']],
    ] as const) {
      const { milliseconds, operations } = profile[part];
      const names = operations.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['conv2d', 'conv4d', 'hypercorrelation', ...there]));
      for (const name of missing) expect(names).not.toContain(name);
      const times = operations.map((operation) => operation.milliseconds);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThanOrEqual(milliseconds);
      for (const { calls, bytes_read, bytes_written } of operations)
        expect(Math.min(calls, bytes_read, bytes_written)).toBeGreaterThan(0);
    }
    // Three levels are correlated.
    expect(profile.prediction.operations.find(({ name }) => name === 'hypercorrelation')?.calls).toBe(3);

    const { stdout } = await hypercorr(small);
    expect(stdout).toMatch(
      /\n\na prediction: HSNet, tiny, center-pivot, 64×64, one shot, wasm: 1 thread[^\n]+\noperation +calls +ms +share +read +written\n/,
    );
    expect(stdout).toMatch(/\nconv4dWeightGradient +\d+ +\d+\.\d\d +\d+\.\d % +\d+\.\d MiB +\d+\.\d MiB\n/);
    expect(stdout).toMatch(/\noutside of kernels +\d+\.\d\d +\d+\.\d %\nall +\d+ +\d+\.\d\d +100\.0 %\n$/);
  });

  test('what --profile runs is its own to say', async () => {
    const { exitCode, stderr } = await hypercorr(['doctor', '--size', '64']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('--size is only for --profile: no model runs without it'),
    ]);
    const usual = await hypercorr(['doctor', '--backend', 'reference'], { env: { HYPERCORR_BACKBONE: 'resnet50' } });
    expect(usual.exitCode).toBe(0);
  });

  test("threads are the wasm backend's", async () => {
    const { exitCode, stderr } = await hypercorr(['doctor', '--backend', 'reference', '--threads', '2']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--threads is for the wasm backend')]);
  });
});

describe('datasets', () => {
  test('generate draws three sets of classes, the same for the same seed', async () => {
    const out = join(root, 'generated');
    const written = await hypercorrJson<{ roots: Record<string, string>; classes: number; images: number }>(
      'datasets',
      'generate',
      '--out',
      out,
      '--images',
      '2',
      '--size',
      '32',
    );
    expect(written.classes).toBeGreaterThanOrEqual(60);
    expect(written.images).toBe(2 * written.classes);
    expect(Object.keys(written.roots)).toEqual(['backbone', 'episodes', 'held-out']);
    const census = await hypercorrJson<{ images: number; classes: unknown[]; faults: unknown[] }>(
      'datasets',
      'check',
      '--data',
      join(out, 'held-out'),
    );
    expect(census.faults).toEqual([]);
    expect(census.images).toBe(2 * census.classes.length);
  });

  test('check lists every fault, and exits with 1', async () => {
    const data = join(root, 'faulty');
    await writeShapes(data, { classes: 2, images: 3 });
    writeFileSync(join(data, 'class-a', '1.jpg'), 'no image');
    rmSync(join(data, 'class-b', '2.png'));
    const { exitCode, stdout } = await hypercorr(['datasets', 'check', '--data', data]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/error: \S+class-a\/1\.jpg is not a JPEG/);
    expect(stdout).toMatch(/error: \S+class-b\/2\.jpg: there is no mask/);
    const json = await hypercorr(['datasets', 'check', '--data', data, '--json']);
    expect((JSON.parse(json.stdout) as { faults: unknown[] }).faults).toHaveLength(2);
  });
});
