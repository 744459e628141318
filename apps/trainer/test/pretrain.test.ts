import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Draws, partOf } from '@hypercorr/datasets';
import { Prefetcher, sceneSource, type LabelledImage } from '@hypercorr/datasets/node';
import { init, key } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { optimizerOf, trainStep } from '@hypercorr/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparePretraining } from '../src/tasks/pretraining.ts';
import { Labelling, uncounted } from '../src/tasks/pretraining/labelling.ts';
import { history } from './support/history.ts';
import { hypercorr } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-pretrain-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('has targets at every level: parts of figures, and textures of all that has one', async () => {
  const size = 96;
  const source = sceneSource({ seed: 3, size, set: 'backbone', imagesPerClass: 1, batch: 3, key: key(2) });
  const items: LabelledImage[] = [];
  for await (const { item } of new Prefetcher(source, { end: 3, workers: 0 })) items.push(item);
  const labels = Uint16Array.from(items.flatMap((item) => [...item.labels]));
  const labelling = new Labelling(source.classes);
  const { parts, textures } = labelling.targets({ count: 3, size, labels }, 8, new Draws(key(3)));
  expect([parts.length, textures.length]).toEqual([3 * 64, 3 * 64]);
  expect(Math.max(...parts)).toBeLessThan(labelling.partCount);
  expect(Math.max(...textures)).toBeLessThan(labelling.textureCount);
  // A place that shows a part shows its texture.
  const parted = [...textures].filter((_, i) => (parts[i] ?? 0) > 0);
  expect(parted.length).toBeGreaterThan(0);
  expect(Math.min(...parted)).toBeGreaterThanOrEqual(0);
  // Aligned corners: the first and the last place are the corner pixels.
  const corner = partOf(labels[0] ?? 0);
  expect((textures[0] ?? 0) === uncounted).toBe(corner === undefined);
});

it('learns, and leaves nothing behind', async () => {
  const engine = await init(wasm({ threads: 1 }));
  const before = engine.memory().tensors;
  const batch = 4;
  const settings = { images: 1, steps: 6, batch, learningRate: 4e-3, seed: 5 };
  const task = await preparePretraining(settings).build(engine);
  const [phase = expect.fail('there is no phase')] = task.phases;
  const optimizer = optimizerOf(task, phase);
  // The same pictures again and again: their loss falls.
  const items: LabelledImage[] = [];
  for await (const { item } of new Prefetcher(task.training, { end: batch, workers: 0 })) items.push(item);
  let next = 0;
  const stream = {
    next: () => {
      const index = next % batch;
      next += 1;
      const item = items[index] ?? expect.fail('there is no picture');
      return Promise.resolve({ done: false, value: { index, item } } as const);
    },
  };
  const [losses, tensors]: [number[], number[]] = [[], []];
  for (let step = 0; step < settings.steps; step += 1) {
    const outcome = await trainStep({ task, phase, optimizer, items: stream, batch, atOnce: batch });
    if (!outcome.taken) throw new Error(outcome.fault);
    losses.push(outcome.loss);
    tensors.push(engine.memory().tensors);
  }
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  expect(new Set(tensors.slice(1)).size).toBe(1);
  optimizer.dispose();
  task.model.dispose();
  expect(engine.memory().tensors).toBe(before);
  await engine.dispose();
});

describe('pretrain, the command', () => {
  const out = (name: string): string => join(root, `${name}.safetensors`);
  const run = (name: string, file: string): string => join(root, `${name}.run`, file);
  const start = (name: string): readonly string[] => [
    'pretrain',
    '--threads',
    '1',
    '--images',
    '2',
    '--batch',
    '2',
    '--steps',
    '6',
    '--out',
    out(name),
  ];
  const goOn = (name: string) => hypercorr(['pretrain', '--out', out(name), '--resume', '--json']);
  const expectWhole = (name: string): void => {
    expect(history(join(root, `${name}.run`))).toEqual(history(join(root, 'whole.run')));
    for (const file of [out, (each: string) => run(each, 'last.safetensors')])
      expect(readFileSync(file(name)).equals(readFileSync(file('whole'))), file(name)).toBe(true);
  };
  let whole: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    const { exitCode, stdout, stderr } = await hypercorr([...start('whole'), '--json']);
    if (exitCode !== 0) throw new Error(stderr);
    whole = JSON.parse(stdout) as typeof whole;
  });

  it('leaves the weights, and the run with its report beside them', () => {
    expect(whole).toMatchObject({
      finished: true,
      ended: 'epochs',
      out: out('whole'),
      command: 'hypercorr pretrain --seed 0 --images 2 --steps 6 --batch 2 --lr 0.002',
      report: run('whole', 'report.html'),
    });
    expect(existsSync(out('whole'))).toBe(true);
    const files = readdirSync(join(root, 'whole.run')).filter((name) => !name.startsWith('events.'));
    expect(files.toSorted()).toEqual(['config.json', 'last.safetensors', 'metrics.jsonl', 'report.html']);
    expect(readFileSync(run('whole', 'report.html'), 'utf8')).toContain('Pretraining of the tiny backbone');
    expect(history(join(root, 'whole.run')).filter(({ kind }) => kind === 'step')).toHaveLength(6);
  });

  it('is interrupted by Ctrl-C, says how to go on, and ends with the same bytes', async () => {
    const { exitCode, stderr } = await hypercorr(start('interrupted'), {
      onStderr: (text) => void (text.includes('step 2 of 6') && process.emit('SIGINT')),
    });
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toMatch(
      /saved at step \d; go on with: hypercorr pretrain --out \S+interrupted\.safetensors --resume\n/,
    );
    expect(existsSync(out('interrupted'))).toBe(false);
    const resumed = await goOn('interrupted');
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expectWhole('interrupted');
  });

  it('is killed, and ends with the same bytes', async () => {
    // As it is installed: it runs what `build` made.
    const program = fileURLToPath(new URL('../bin/hypercorr.js', import.meta.url));
    const child = spawn(process.execPath, [program, ...start('killed')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      if (stderr.includes('step 3 of 6')) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    expect(signal, stderr).toBe('SIGKILL');
    expect(existsSync(out('killed'))).toBe(false);
    const resumed = await goOn('killed');
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(/resumes at step [23]\n/);
    expectWhole('killed');
  });

  it('begins anew where there is no checkpoint to go on from', async () => {
    mkdirSync(join(root, 'early.run'));
    const { command, ...settings } = JSON.parse(readFileSync(run('whole', 'config.json'), 'utf8')) as Readonly<
      Record<string, unknown>
    >;
    writeFileSync(run('early', 'config.json'), JSON.stringify({ command, ...settings, out: out('early') }));
    const { exitCode, stderr } = await goOn('early');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      `the run in ${join(root, 'early.run')} has no checkpoint yet: it starts again from the beginning\n`,
    );
    expectWhole('early');
  });

  it('keeps its settings, and does not begin a second run in the same place', async () => {
    const changed = await hypercorr(['pretrain', '--out', out('whole'), '--resume', '--lr', '0.1']);
    expect([changed.exitCode, changed.stderr]).toEqual([
      2,
      expect.stringContaining(`--lr is 0.1, and the run in ${join(root, 'whole.run')} has 0.002`),
    ]);
    const again = await hypercorr(start('whole'));
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('whole.run holds a run already')]);
    const other = await hypercorr(['train', '--out', join(root, 'whole.run'), '--resume']);
    expect(other.stderr).toContain(`go on with it by hypercorr pretrain --out ${out('whole')} --resume`);
    const none = await hypercorr(['pretrain', '--out', out('none'), '--resume']);
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('none.run holds no run to resume')]);
  });

  it('fails before it draws where it could not write', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const { exitCode, stderr } = await hypercorr([...start('never'), '--out', join(file, 'tiny.safetensors')]);
    expect([exitCode, stderr]).toEqual([1, `hypercorr: cannot write to ${file}: it is a file, not a folder\n`]);
  });
});
