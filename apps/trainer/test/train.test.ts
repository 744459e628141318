import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventFileName } from '../../../packages/train/src/events/event.ts';
import { history } from './support/history.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { bytes, smallRuns, type Trained } from './support/small-runs.ts';
import { hypercorr, hypercorrJson, type Ran } from './support/terminal.ts';

const { root, data, backbone, run, start } = smallRuns('train', { classes: 5, steps: 3, valEpisodes: 3 });

/** Runs a command line and presses Ctrl-C when stderr says `at`. */
const interruptedAt = (at: string, args: readonly string[]) =>
  hypercorr(args, { onStderr: (text) => void (text.includes(at) && process.emit('SIGINT')) });

describe('train', () => {
  let whole: Trained;
  /** What was tried in the same folder in the middle of it. */
  const beside: Promise<Ran>[] = [];
  beforeAll(async () => {
    const { stdout, stderr, exitCode } = await hypercorr([...start(run('whole'), '--epochs', '2'), '--json'], {
      onStderr(text) {
        if (!text.startsWith('epoch 1')) return;
        for (const args of [
          ['train', '--out', run('whole'), '--resume'],
          start(run('whole')),
          start(run('whole'), '--dry-run'),
        ])
          beside.push(hypercorr(args));
      },
    });
    if (exitCode !== 0) throw new Error(stderr);
    whole = JSON.parse(stdout) as Trained;
  });

  test('keeps other programs out of the folder that it is at work in, and gives it back', async () => {
    expect(beside).toHaveLength(3);
    for (const { exitCode, stderr } of await Promise.all(beside)) {
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringContaining(
          `${run('whole')} is in use by process ${process.pid}, hypercorr train, at work there since `,
        ),
      ]);
    }
    expect(existsSync(join(run('whole'), 'run.lock'))).toBe(false);
  });

  test('leaves a run with all its files, and says where they are', () => {
    expect(whole).toMatchObject({ epoch: 2, step: 6, checkpoint: join(run('whole'), 'last.safetensors') });
    expect(whole.best.val_miou).toBeGreaterThanOrEqual(whole.val_miou);
    const own = [
      'best.safetensors',
      'config.json',
      expect.stringMatching(eventFileName),
      'last.safetensors',
      'metrics.jsonl',
      'overlays',
      'report.html',
    ];
    expect(readdirSync(run('whole')).toSorted()).toEqual(own);
    expect(readdirSync(join(run('whole'), 'overlays'))).not.toHaveLength(0);
    expect(JSON.parse(readFileSync(join(run('whole'), 'config.json'), 'utf8'))).toMatchObject({
      benchmark: 'folder',
      batch: 2,
      seed: 0,
      'val-episodes': 3,
    });
    const kinds = history(run('whole')).map(({ kind }) => kind);
    expect(kinds).toEqual(['step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch']);
  });

  test('learns: the loss of the last steps is below the first', () => {
    const losses = history(run('whole')).map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(Number(losses[0]));
  });

  test('gives the same figures for the same seed, and others for another', async () => {
    await hypercorrJson(...start(run('again'), '--epochs', '1', '--threads', '2'));
    expect(history(run('again'))).toEqual(history(run('whole')).slice(0, 4));
    await hypercorrJson(...start(run('other'), '--epochs', '1', '--seed', '1'));
    expect(history(run('other'))[0]).not.toEqual(history(run('whole'))[0]);
  });

  test('goes on after the last epoch bit for bit as if it had never stopped', async () => {
    await hypercorrJson(...start(run('halves'), '--epochs', '1'));
    await hypercorrJson('train', '--out', run('halves'), '--resume', '--epochs', '2');
    expect(history(run('halves'))).toEqual(history(run('whole')));
    expect(bytes(run('halves'), 'last.safetensors').equals(bytes(run('whole'), 'last.safetensors'))).toBe(true);
    expect(bytes(run('halves'), 'best.safetensors').equals(bytes(run('whole'), 'best.safetensors'))).toBe(true);
  });

  test('is interrupted within an epoch, says how to resume, and goes on bit for bit', async () => {
    const out = run('interrupted');
    const { exitCode, stderr } = await interruptedAt('step 2 of 6', start(out, '--epochs', '2'));
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`saved at step 2; go on with: hypercorr train --out ${out} --resume`);
    expect(history(out)).toHaveLength(2);
    // What a killed program may leave behind: a step beyond the checkpoint, and half a line.
    const metrics = join(out, 'metrics.jsonl');
    writeFileSync(
      metrics,
      `${readFileSync(metrics, 'utf8')}{"kind":"step","step":3,"epoch":1,"loss":1,"seconds":1}\n{"kind":"st`,
    );
    await hypercorrJson('train', '--out', out, '--resume');
    expect(history(out)).toEqual(history(run('whole')));
    expect(bytes(out, 'last.safetensors').equals(bytes(run('whole'), 'last.safetensors'))).toBe(true);
  });

  test('is interrupted at the end of an epoch, and validates it when it goes on', async () => {
    const out = run('unvalidated');
    const { exitCode } = await interruptedAt('step 3 of 6', start(out, '--epochs', '2'));
    expect(exitCode).toBe(130);
    expect(history(out)).toHaveLength(3);
    await hypercorrJson('train', '--out', out, '--resume');
    expect(history(out)).toEqual(history(run('whole')));
  });

  test('trains with several supports, another kernel and a learning rate in steps', async () => {
    const more = ['--shots', '2', '--kernel', 'separable', '--schedule', 'step', '--drop-every', '2'];
    const { step } = await hypercorrJson<Trained>(...start(run('shots'), '--epochs', '1', ...more));
    expect(step).toBe(3);
  });

  test('a new run does not overwrite another, nor what it may be writing', async () => {
    const half = join(run('whole'), `last.safetensors.${randomUUID()}.tmp`);
    writeFileSync(half, '');
    const { exitCode, stderr } = await hypercorr(start(run('whole')));
    expect(existsSync(half)).toBe(true);
    rmSync(half);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(`${run('whole')} holds a run already: resume it, or choose another folder for a new one`),
    ]);
  });

  test('a resumed run keeps its settings', async () => {
    const { exitCode, stderr } = await hypercorr(['train', '--out', run('whole'), '--resume', '--lr', '0.1']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--lr is 0.1, and the run in')]);
  });

  test('a run from before some options came into being goes on with their defaults', async () => {
    const out = run('older');
    cpSync(run('whole'), out, { recursive: true });
    const config = join(out, 'config.json');
    const {
      command,
      benchmark,
      data: from,
      ...later
    } = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
    const kept = ['backbone', 'backbone-weights', 'size', 'batch', 'episodes', 'val-episodes', 'epochs', 'out'].map(
      (name) => [name, later[name]],
    );
    expect(Object.keys(later).length).toBeGreaterThan(kept.length + 8);
    writeFileSync(config, JSON.stringify({ command, benchmark, data: from, ...Object.fromEntries(kept) }));
    for (const [option, value, before] of [
      ['--foreground-weight', '2', '1'],
      ['--schedule', 'cosine', 'constant'],
      ['--train-backbone', '', 'false'],
      ['--kernel', 'full', 'not set'],
    ] as const) {
      const { exitCode, stderr } = await hypercorr([
        'train',
        '--out',
        out,
        '--resume',
        option,
        ...(value === '' ? [] : [value]),
      ]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining(
          `${option} is ${value || 'true'}, and the run in ${out} has ${before}; a resumed run keeps its settings`,
        ),
      ]);
    }
    await hypercorrJson('train', '--out', out, '--resume', '--threads', '1');
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual(
      JSON.parse(readFileSync(join(run('whole'), 'config.json'), 'utf8').replaceAll(run('whole'), out)),
    );
  });

  test('a resumed run keeps its classes, wherever the data is', async () => {
    await hypercorrJson(...start(run('moved'), '--epochs', '1'));
    cpSync(data, join(root, 'other'), { recursive: true });
    for (const letter of ['a', 'b', 'c', 'd', 'e'])
      renameSync(join(root, 'other', `class-${letter}`), join(root, 'other', `new-${letter}`));
    const { exitCode, stderr } = await hypercorr([
      'train',
      '--out',
      run('moved'),
      '--resume',
      '--epochs',
      '2',
      '--data',
      join(root, 'other'),
    ]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/the run has 3 classes for training, the data gives 3 \(missing: class-\w.*; new: new-\w/),
    ]);
  });

  test('a resumed run needs no file that it began with, and keeps its new number of epochs', async () => {
    const weights = join(root, 'moving.safetensors');
    copyFileSync(backbone, weights);
    await hypercorrJson(...start(run('longer'), '--epochs', '1', '--backbone-weights', weights));
    rmSync(weights);
    const { exitCode } = await interruptedAt('step 4 of 6', [
      'train',
      '--out',
      run('longer'),
      '--resume',
      '--epochs',
      '2',
    ]);
    expect(exitCode).toBe(130);
    await hypercorrJson('train', '--out', run('longer'), '--resume');
    expect(history(run('longer'))).toEqual(history(run('whole')));
  });

  test('what was cut off between the last step and the report is done again', async () => {
    const out = run('unreported');
    cpSync(run('whole'), out, { recursive: true });
    const metrics = join(out, 'metrics.jsonl');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').split('\n').slice(0, 7).join('\n') + '\n');
    rmSync(join(out, 'report.html'));
    await hypercorrJson('train', '--out', out, '--resume');
    expect(history(out)).toEqual(history(run('whole')));
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });

  test('a run whose history lacks steps is not resumed: what is the best of it is not known', async () => {
    const out = run('forgotten');
    cpSync(run('whole'), out, { recursive: true });
    rmSync(join(out, 'metrics.jsonl'));
    const { exitCode, stderr } = await hypercorr(['train', '--out', out, '--resume', '--epochs', '3']);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`${join(out, 'metrics.jsonl')} records 0 of the 6 steps that the run has taken`),
    ]);
    expect(bytes(out, 'best.safetensors').equals(bytes(run('whole'), 'best.safetensors'))).toBe(true);
  });

  test('there has to be something to resume', async () => {
    const { exitCode, stderr } = await hypercorr(['train', '--out', run('none'), '--resume']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/none holds no run to resume: \S+none\/config\.json does not exist/),
    ]);
  });

  test("another command's run is that command's to resume", async () => {
    const out = run('of-demo');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), JSON.stringify({ command: 'demo', steps: 3 }));
    const { exitCode, stderr } = await hypercorr(['train', '--out', out, '--resume']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(
        `hypercorr demo began the run in ${out}: go on with it by hypercorr demo --out ${out} --resume\n`,
      ),
    ]);
  });
});

describe('train leaves alone what it did not write', () => {
  test('in a folder with files under the names of its own', async () => {
    const out = run('mine');
    mkdirSync(join(out, 'overlays'), { recursive: true });
    for (const name of ['config.json', 'report.html', 'overlays/photo.png', 'notes.tmp'])
      writeFileSync(join(out, name), '{}');
    const { exitCode, stderr } = await hypercorr(start(out, '--epochs', '1'));
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('mine holds config.json, report.html, overlays, which train did not write'),
    ]);
    expect(readdirSync(out).toSorted()).toEqual(['config.json', 'notes.tmp', 'overlays', 'report.html']);
    expect(readdirSync(join(out, 'overlays'))).toEqual(['photo.png']);
  });

  test('beside its own files, where it removes what it was writing when it was killed', async () => {
    const out = run('beside');
    mkdirSync(out);
    const half = `last.safetensors.${randomUUID()}.tmp`;
    for (const name of ['notes.tmp', 'photo.png', half]) writeFileSync(join(out, name), '');
    await hypercorrJson(...start(out, '--epochs', '1'));
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['notes.tmp', 'photo.png']));
    expect(readdirSync(out)).not.toContain(half);
  });
});

describe('train goes on without what is faulty', () => {
  test('classes with too few images, and episodes with damaged files, with a warning and a count', async () => {
    const faulty = join(root, 'faulty');
    await writeShapes(faulty, { classes: 5, images: 4 });
    for (const i of [2, 3, 4]) for (const kind of ['jpg', 'png']) rmSync(join(faulty, 'class-a', `${i}.${kind}`));
    truncateSync(join(faulty, 'class-b', '1.jpg'), 200);
    const { exitCode, stdout, stderr } = await hypercorr([
      ...start(
        run('faulty'),
        '--epochs',
        '1',
        '--json',
        '--data',
        faulty,
        '--train-classes',
        'class-a,class-b',
        '--episodes',
        '20',
      ),
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      '1-shot episodes need 2 images a class, one of them the query; left out of faulty/train: class-a (1)',
    );
    expect(stderr).toMatch(/an episode of class class-b is left out: \[\w+\] \S*class-b\/1\.jpg/);
    const { skipped } = JSON.parse(stdout) as { skipped: number };
    expect(skipped).toBeGreaterThan(0);
    expect(stderr).toContain(`left out because of faulty files: ${skipped} training episode`);
    expect(readFileSync(join(run('faulty'), 'report.html'), 'utf8')).toContain('left out for faulty files');
  });
});

describe('train stops with one line', () => {
  test('for a loss that is not a number, with the step and the files', async () => {
    const { exitCode, stderr } = await hypercorr(start(run('diverged'), '--epochs', '1', '--lr', '1e30'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /warning: the run has no checkpoint yet\nhypercorr: the (loss|gradient's norm) is \S+ at step \d\. The step's items: \S+class-\w\/\d\.jpg \(support .*; a lower learning rate may help; --on-nan skip leaves such steps out/,
    );
  });

  test('for weights that a step made useless, at their validation', async () => {
    // A single step: its loss and gradient are still finite.
    const { exitCode, stderr } = await hypercorr(
      start(run('useless'), '--epochs', '1', '--episodes', '2', '--lr', '1e38'),
    );
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(
        /the logits for class-\w are not finite \(NaN or infinite\), so there is no mask; the weights are damaged: this run's weights\n$/,
      ),
    ]);
    expect(stderr).toContain(
      'warning: the training has diverged after step 1: a new run with a lower learning rate may not diverge\n',
    );
    expect(stderr).not.toContain('last good checkpoint');
  });

  test('for a folder that cannot be written', async () => {
    writeFileSync(run('file'), '');
    const { exitCode, stderr } = await hypercorr(start(join(run('file'), 'run')));
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/hypercorr: cannot write to \S+file\/run: \S+file is a file, not a folder/),
    ]);
    const itself = await hypercorr(start(run('file')));
    expect([itself.exitCode, itself.stderr]).toEqual([
      2,
      expect.stringContaining('file is a file; a run needs a folder'),
    ]);
  });

  test.each([
    [['--benchmark', 'pascal'], 2, '--fold N is missing: pascal has four folds, 0 to 3'],
    [['--data', join(root, 'nowhere')], 2, 'nowhere is not a folder'],
    [['--val-classes', 'class-z'], 1, 'has no class class-z'],
    [['--val-classes', 'class-a', '--test-classes', 'class-a'], 2, 'class class-a is named twice'],
    [['--schedule', 'step'], 2, '--schedule step needs --drop-every N'],
    [['--drop-every', '3'], 2, '--drop-every is for --schedule step; the schedule is constant'],
    [['--schedule', 'linear'], 2, '--schedule takes constant, step, cosine or poly; got linear'],
    [
      ['--shots', '4'],
      2,
      '4-shot episodes need 5 images a class, one of them the query, and every class of data/train has fewer: class-',
    ],
    [['--train-classes', ','], 2, '--train-classes: "," names no class'],
    [
      ['--backbone', 'resnet50', '--backbone-weights', join(root, 'backbone.safetensors')],
      1,
      `${backbone}: [loadBackboneWeights] these look like weights of another network: tiny, and the backbone is resnet50`,
    ],
    [['--backbone-weights', join(root, 'nowhere')], 1, 'nowhere cannot be read: there is no such file'],
  ])('for %j', async (change, code, message) => {
    const { exitCode, stderr } = await hypercorr(start(run('wrong'), ...change));
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(run('wrong'))).toBe(false);
  });
});
