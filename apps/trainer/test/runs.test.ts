import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { init, read } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { disposeState } from '@hypercorr/nn';
import { readState } from '@hypercorr/train/node';
import { history, shownByTensorBoard } from './support/history.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { bytes, smallRuns, type Trained } from './support/small-runs.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const { root, backbone, run, start } = smallRuns('runs', { classes: 4, side: 40, steps: 2, valEpisodes: 2 });

let whole: Trained;
beforeAll(async () => {
  whole = await hypercorrJson<Trained>(...start(run('whole'), '--epochs', '3', '--top-k', '2'));
});

describe('a run with several epochs', () => {
  test('keeps the models of its best epochs, as many as were asked for', () => {
    const epochs = history(run('whole')).filter(({ kind }) => kind === 'epoch') as {
      epoch: number;
      figures: { miou: number };
    }[];
    const best = epochs.toSorted((a, b) => b.figures.miou - a.figures.miou || b.epoch - a.epoch).slice(0, 2);
    expect(readdirSync(join(run('whole'), 'top')).toSorted()).toEqual(
      best.map(({ epoch }) => `epoch-000${epoch}.safetensors`).toSorted(),
    );
    expect(
      bytes(run('whole'), `top/epoch-000${whole.best.epoch}.safetensors`).equals(
        bytes(run('whole'), 'best.safetensors'),
      ),
    ).toBe(true);
  });

  test('is shown by TensorBoard with every figure of its history', () => {
    const shown = shownByTensorBoard(run('whole'));
    expect([...shown.keys()].toSorted()).toEqual([
      'train/epoch_loss',
      'train/gradient_norm',
      'train/learning_rate',
      'train/loss',
      'validation/fb_iou',
      'validation/miou',
    ]);
    const points = (kind: string, figure: string) =>
      new Map(
        history(run('whole'))
          .filter((record) => record['kind'] === kind)
          .map((record) => {
            const values: Readonly<Record<string, unknown>> = {
              ...record,
              ...(record['figures'] as object | undefined),
            };
            return [record['step'], Math.fround(Number(values[figure]))];
          }),
      );
    expect(shown.get('train/loss')).toEqual(points('step', 'loss'));
    expect(shown.get('validation/miou')).toEqual(points('epoch', 'miou'));
    expect(new Set(shown.get('train/learning_rate')?.values())).toEqual(new Set([Math.fround(1e-3)]));
  });

  test('stops when its time is over, is no failure, and goes on to the same end', async () => {
    const limit = join(root, 'limit.json');
    writeFileSync(limit, '{"max-time": 0.001}');
    const out = run('timed');
    const first = await hypercorrJson<Trained>(...start(out, '--epochs', '3', '--top-k', '2', '--config', limit));
    expect(first).toMatchObject({ step: 1, finished: false, ended: 'max-time' });
    // The epoch's last step: its validation is the next session's.
    const second = await hypercorrJson<Trained>('train', '--out', out, '--resume');
    expect(second).toMatchObject({ step: 2, epoch: 0, finished: false, ended: 'max-time' });
    const third = await hypercorrJson<Trained>('train', '--out', out, '--resume');
    expect(third).toMatchObject({ step: 2, epoch: 1, finished: false, ended: 'max-time' });
    const last = await hypercorrJson<Trained>('train', '--out', out, '--resume', '--max-time', '1h30m');
    expect(last).toMatchObject({ step: 6, finished: true, ended: 'epochs' });
    expect(history(out)).toEqual(history(run('whole')));
    expect(shownByTensorBoard(out)).toEqual(shownByTensorBoard(run('whole')));
    for (const name of [
      'last.safetensors',
      'best.safetensors',
      ...readdirSync(join(run('whole'), 'top')).map((each) => `top/${each}`),
    ]) {
      expect(bytes(out, name).equals(bytes(run('whole'), name)), name).toBe(true);
    }
  });
});

test('a run stops after epochs without a better score, and is done then', async () => {
  // With steps too small for float32 every epoch scores the same.
  const ended = await hypercorrJson<Trained>(
    ...start(run('stale'), '--epochs', '9', '--early-stop', '2', '--lr', '1e-30'),
  );
  expect(ended).toMatchObject({ epoch: 3, finished: true, ended: 'early-stop', best: { epoch: 3 } });
  const again = await hypercorrJson<Trained>('train', '--out', run('stale'), '--resume');
  expect(again).toMatchObject({ epoch: 3, ended: 'early-stop' });
  const further = await hypercorrJson<Trained>('train', '--out', run('stale'), '--resume', '--early-stop', '3');
  expect(further).toMatchObject({ epoch: 4, ended: 'early-stop' });
});

test('a dry run tells what a run would need, and writes nothing', async () => {
  const out = run('dry');
  interface Rehearsed {
    readonly steps: number;
    readonly trained_parameters: number;
    readonly tensor_bytes: number;
    readonly program_bytes: number;
    readonly seconds: number;
  }
  const dry = await hypercorrJson<Rehearsed>(...start(out, '--epochs', '3', '--dry-run'));
  expect(existsSync(out)).toBe(false);
  expect(dry.steps).toBe(6);
  const { learner_params: learner, backbone_params: frozen } = await hypercorrJson<{
    learner_params: number;
    backbone_params: number;
  }>('inspect', '--backbone', 'tiny', '--size', '32');
  expect(dry.trained_parameters).toBe(learner);
  // Values, gradients, and the two memories of Adam.
  expect(dry.tensor_bytes).toBeGreaterThan(16 * learner);
  expect(dry.program_bytes).toBeGreaterThan(dry.tensor_bytes);
  expect(dry.seconds).toBeGreaterThan(0);
  const tuned = await hypercorrJson<Rehearsed>(...start(out, '--dry-run', '--train-backbone', '--micro-batch', '1'));
  expect(tuned.trained_parameters).toBe(learner + frozen);
  const { exitCode, stderr } = await hypercorr(['train', '--out', run('whole'), '--resume', '--dry-run']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--dry-run is only for a new run')]);
});

test('a dry run finds what would be in the way of the run, and makes nothing', async () => {
  const file = run('a-file');
  writeFileSync(file, '');
  mkdirSync(run('others'));
  writeFileSync(join(run('others'), 'report.html'), '');
  for (const [out, code, message] of [
    [file, 2, 'a-file is a file; a run needs a folder'],
    [join(file, 'run'), 1, `cannot write to ${join(file, 'run')}: ${file} is a file, not a folder`],
    [run('whole'), 2, `${run('whole')} holds a run already`],
    [run('others'), 2, 'others holds report.html, which train did not write'],
  ] as const) {
    const real = await hypercorr(start(out));
    const dry = await hypercorr(start(out, '--dry-run'));
    expect([dry.exitCode, dry.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(dry).toEqual(real);
  }
  expect(readdirSync(run('others'))).toEqual(['report.html']);
});

test.skipIf(process.getuid?.() === 0)('a dry run finds a folder that cannot be written to (root can)', async () => {
  mkdirSync(run('closed'), { mode: 0o555 });
  const { exitCode, stderr } = await hypercorr(start(join(run('closed'), 'a', 'b'), '--dry-run'));
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/cannot write to \S+closed\/a\/b: EACCES/)]);
});

describe('data of a single class', () => {
  const one = join(root, 'one');
  beforeAll(() => writeShapes(one, { classes: 1, images: 9, side: 40 }));

  test('is trained on, validated on other images of it, and the score is said to be of no unseen class', async () => {
    const out = run('one-class');
    const { exitCode, stderr } = await hypercorr([...start(out, '--epochs', '1'), '--data', one]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      'classes: 1 (6 images) for training, 1 (3 images) for validation, 0 (0 images) for testing\n',
    );
    expect(stderr).toContain(
      'warning: some validation classes are also trained on (class-a): the score says nothing of unseen classes\n',
    );
    expect(bytes(out, 'report.html').toString()).toContain(
      'Validation: 2 random episodes of 1 class (trained on, too: class-a), 1-shot',
    );
    const scored = await hypercorr([
      'eval',
      '--benchmark',
      'folder',
      '--data',
      one,
      '--weights',
      join(out, 'best.safetensors'),
    ]);
    expect([scored.exitCode, scored.stderr]).toEqual([
      2,
      expect.stringContaining(
        `all classes of ${one} were used for training. Choose classes to score with --test-classes LIST`,
      ),
    ]);
  });

  test('has to have enough images for both', async () => {
    const { exitCode, stderr } = await hypercorr([...start(run('too-few')), '--data', one, '--shots', '3']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(
        '3-shot episodes need 4 images a class, one of them the query, and every class of one/validation has fewer: class-a (3)',
      ),
    ]);
  });
});

test('steps that are not finite are left out if asked for, but not for ever', async () => {
  const { exitCode, stderr } = await hypercorr(
    start(run('skipping'), '--epochs', '20', '--lr', '1e30', '--on-nan', 'skip'),
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /warning: the (loss|gradient's norm) is \S+ at step \d+\. The step's items: \S+class-\w\/\d\.jpg .*; the step is left out\n/,
  );
  expect(stderr).toMatch(
    /hypercorr: the .* at step \d+\. .*; 11 steps in a row are left out: a lower learning rate may help\n/,
  );
  expect(history(run('skipping')).filter(({ kind }) => kind === 'skipped')).toHaveLength(10);
});

describe('augmented, with its backbone trained', () => {
  const more = ['--augment', 'flip,crop,colour', '--train-backbone', '--epochs'] as const;

  test('a run differs from the usual one, changes the backbone, and resumes bit for bit', async () => {
    await hypercorrJson(...start(run('tuned'), ...more, '2'));
    await hypercorrJson(...start(run('tuned-halves'), ...more, '1'));
    await hypercorrJson('train', '--out', run('tuned-halves'), '--resume', '--epochs', '2');
    expect(history(run('tuned-halves'))).toEqual(history(run('tuned')));
    expect(bytes(run('tuned-halves'), 'last.safetensors').equals(bytes(run('tuned'), 'last.safetensors'))).toBe(true);
    expect(history(run('tuned'))[0]).not.toEqual(history(run('whole'))[0]);

    const engine = await init(wasm({ threads: 1 }));
    try {
      const [before, tuned, usual] = [
        await readState(backbone, { engine }),
        await readState(join(run('tuned'), 'last.safetensors'), { engine }),
        await readState(join(run('whole'), 'last.safetensors'), { engine }),
      ];
      const changed: string[] = [];
      for (const [name, tensor] of Object.entries(before)) {
        const start = await read(tensor);
        const at = `backbone.${name}`;
        if (usual[at] === undefined || tuned[at] === undefined) throw new Error(`no ${at}`);
        expect(await read(usual[at]), at).toEqual(start);
        if (!Buffer.from((await read(tuned[at])).buffer).equals(Buffer.from(start.buffer))) changed.push(name);
      }
      expect(changed).toEqual(expect.arrayContaining(['conv1.weight', 'layer2.0.conv1.weight']));
      // Batch norms go by their running statistics in training, too.
      expect(changed.filter((name) => name.includes('running'))).toEqual([]);
      for (const state of [before, tuned, usual]) disposeState(state);
    } finally {
      await engine.dispose();
    }
  });

  test('its settings are checked', async () => {
    const { exitCode, stderr } = await hypercorr(start(run('wrong'), '--augment', 'flip,turn'));
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('--augment takes some of flip, crop, colour, zoom, separated by commas; got flip,turn'),
    ]);
    const time = await hypercorr(start(run('wrong'), '--max-time', 'soon'));
    expect([time.exitCode, time.stderr]).toEqual([
      2,
      expect.stringContaining('--max-time takes a time such as 90s, 30m or 1h30m; got soon'),
    ]);
    // Half an hour or half a minute?
    const unclear = await hypercorr(start(run('wrong'), '--max-time', '1h30'));
    expect([unclear.exitCode, unclear.stderr]).toEqual([2, expect.stringContaining('got 1h30')]);
  });
});
