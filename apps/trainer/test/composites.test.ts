import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseTrainedOn } from '@hypercorr/hsnet';
import { describeRun } from '@hypercorr/train/node';
import { writeShapes } from './support/shapes-dataset.ts';
import { bytes, smallRuns } from './support/small-runs.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const { root, data, run, start } = smallRuns('composites', { classes: 5, steps: 2, valEpisodes: 2 });
const [cutOuts, backgrounds, few] = ['cut-outs', 'backgrounds', 'few'].map((name) => join(root, name)) as [
  string,
  string,
  string,
];

beforeAll(async () => {
  await writeShapes(cutOuts, { classes: 5, images: 2 });
  cpSync(join(data, 'class-a'), backgrounds, { recursive: true });
  cpSync(join(cutOuts, 'class-a'), join(few, 'class-a'), { recursive: true });
});

const trainedOn = async (out: string) => parseTrainedOn((await describeRun(out)).training);

describe('train with cut-outs', () => {
  test('makes a share of the episodes of them, says so in the checkpoint, and resumes bit for bit elsewhere', async () => {
    const asked = ['--cut-outs', `0.6=${cutOuts}`, '--backgrounds', backgrounds, '--distractors', '2'];
    await hypercorrJson(...start(run('whole'), ...asked, '--epochs', '2'));
    const half = await hypercorr(start(run('half'), ...asked, '--epochs', '1'));
    expect(half.stderr).toMatch(
      /cut-outs of .*cut-outs: 3 classes \(6 images\) for 60 % of the training episodes; left out because they are validated or tested on: class-\w, class-\w/,
    );
    const plain = await hypercorr(start(run('plain'), '--epochs', '2'));
    expect(plain.exitCode).toBe(0);
    renameSync(cutOuts, join(root, 'moved'));
    const resumed = ['train', '--out', run('half'), '--resume', '--epochs', '2'];
    const gone = await hypercorr(resumed);
    expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('cut-outs is not a folder')]);
    await hypercorrJson(...resumed, '--cut-outs', `0.6=${join(root, 'moved')}`);
    renameSync(join(root, 'moved'), cutOuts);
    const weights = (of: string) => bytes(run(of), 'last.safetensors');
    expect(weights('half').equals(weights('whole'))).toBe(true);
    expect(weights('plain').equals(weights('whole'))).toBe(false);
    const { composites, classes } = await trainedOn(run('half'));
    expect(classes).toHaveLength(3);
    expect(composites).toEqual([
      {
        cutOuts: 'cut-outs',
        share: 0.6,
        classes: [0, 1, 2].map(() => expect.stringMatching(/^class-\w$/)),
        pictures: 6,
        backgrounds: 8,
        files: expect.stringMatching(/^\w{16}$/),
      },
    ]);
  });

  test('can do without other episodes; the data then only validates', async () => {
    await hypercorrJson(...start(run('alone'), '--cut-outs', `1=${cutOuts}`, '--epochs', '1'));
    const { classes, validationClasses, composites } = await trainedOn(run('alone'));
    expect(classes).toEqual([]);
    expect(validationClasses).toHaveLength(1);
    expect(composites?.map(({ share, backgrounds: count }) => [share, count])).toEqual([[1, 0]]);
  });

  test('does not resume with other cut-outs', async () => {
    const other = join(root, 'other');
    cpSync(cutOuts, other, { recursive: true });
    await hypercorrJson(...start(run('kept'), '--cut-outs', cutOuts, '--epochs', '1'));
    const resumed = (...more: readonly string[]) =>
      hypercorr(['train', '--out', run('kept'), '--resume', '--epochs', '2', ...more]);
    const share = await resumed('--cut-outs', `0.7=${other}`);
    expect(share.exitCode).toBe(2);
    expect(share.stderr).toContain('the run has share 0.5, and 0.7 is given; a resumed run keeps its episodes');
    const twice = await resumed('--cut-outs', cutOuts, '--cut-outs', `0.2=${other}`);
    expect(twice.stderr).toContain('the run has 1 folder of cut-outs, and 2 are given; a resumed run keeps them');
    for (const name of ['class-a', 'class-b', 'class-c', 'class-d', 'class-e']) {
      for (const kind of ['jpg', 'png']) renameSync(join(other, name, `2.${kind}`), join(other, name, `3.${kind}`));
    }
    const renamed = await resumed('--cut-outs', other);
    expect(renamed.stderr).toContain('have changed: their files have other names');
    rmSync(join(other, 'class-a'), { recursive: true });
    rmSync(join(other, 'class-b'), { recursive: true });
    const fewer = await resumed('--cut-outs', other);
    expect(fewer.stderr).toMatch(/have changed: the run has pictures 6, and [24] is given/);
  });

  test.each([
    [['--backgrounds', backgrounds], '--backgrounds is for --cut-outs DIR, which is not given'],
    [['--distractors', '0'], '--distractors is for --cut-outs DIR, which is not given'],
    [['--least-scale', '0.2'], '--least-scale is for --cut-outs DIR, which is not given'],
    [
      ['--cut-outs', `0.8=${cutOuts}`, '--cut-outs', cutOuts],
      'the shares of --cut-outs add up to 1.3, and may be at most 1',
    ],
    [['--cut-outs', `2=${cutOuts}`], 'is 2, and must be above 0 and at most 1'],
    [['--cut-outs', `0=${cutOuts}`], 'is 0, and must be above 0 and at most 1'],
    [['--cut-outs', '/nowhere'], '--cut-outs: /nowhere is not a folder'],
    [['--cut-outs', cutOuts, '--backgrounds', '/nowhere'], '--backgrounds: /nowhere is not a folder'],
    [['--cut-outs', cutOuts, '--least-scale', '1'], 'the largest objects have a scale of 0.9'],
    [['--cut-outs', few, '--val-classes', 'class-a'], 'few is validated or tested on, and none is left to train on'],
  ] as const)('refuses %j', async (more, message) => {
    const { exitCode, stderr } = await hypercorr(start(run('refused'), ...more));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
