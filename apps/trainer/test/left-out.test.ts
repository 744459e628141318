import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMaskPng } from '@hypercorr/datasets';
import { readSample } from '@hypercorr/datasets/node';
import { beforeAll, expect, test } from 'vitest';
import { smallRuns } from './support/small-runs.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const { data, run, start } = smallRuns('left-out', { classes: 5, steps: 2, valEpisodes: 2 });
const photograph = join(data, 'class-a', '1.jpg');

interface LeftOut {
  readonly left_out?: { readonly count: number; readonly first: string; readonly reason: string };
  readonly skipped: number;
}

beforeAll(() => {
  rmSync(photograph.replace('.jpg', '.png'));
});

const leftOut = { count: 1, first: photograph, reason: 'there is no mask 1.png for this photograph' };
const inWords = `1 photograph, mask or annotation, the first: ${photograph}: ${leftOut.reason}`;

test('train warns once of what is left out of the data, and keeps it in its result and its report', async () => {
  const asked = [...start(run('one'), '--epochs', '1'), '--json'];
  const { stdout, stderr } = await hypercorr(asked);
  expect(stderr.split('\n').filter((line) => line.includes('left out of'))).toEqual([
    `warning: left out of ${data}: ${inWords}; hypercorr datasets check lists all that is wrong`,
  ]);
  expect((JSON.parse(stdout) as LeftOut).left_out).toEqual(leftOut);
  expect(readFileSync(join(run('one'), 'report.html'), 'utf8')).toContain(inWords);
});

test('eval warns of it, too, and counts episodes whose object is too small for the network', async () => {
  const asked = ['--benchmark', 'fss', '--data', data, '--threads', '1', '--episodes', '8'];
  const weights = ['--weights', join(run('one'), 'best.safetensors'), '--test-classes', 'class-a,class-b'];
  const result = await hypercorrJson<LeftOut>('eval', ...asked, ...weights);
  expect([result.left_out, result.skipped]).toEqual([leftOut, 0]);
  // One pixel, of a column and a row that 32×32 leaves out.
  const speck = Uint8Array.from({ length: 48 * 48 }, (_, i) => Number(i === 48 + 2));
  for (const name of ['1', '2', '3', '4'])
    writeFileSync(join(data, 'class-b', `${name}.png`), encodeMaskPng({ width: 48, height: 48, data: speck }));
  const { stdout, stderr } = await hypercorr(['eval', ...asked, ...weights]);
  expect(stderr).toMatch(/an episode of class class-b is left out: .*is so small that none of it is left at 32×32/);
  expect(stdout).toMatch(/^left out because of faulty files: \d episodes?$/m);
  expect(stdout).toContain(`left out of the data: ${inWords}`);
  // As the published benchmarks do, an object may vanish.
  const [image, mask] = [join(data, 'class-b', '1.jpg'), join(data, 'class-b', '1.png')];
  const read = await readSample({ image, mask, mayVanish: true }, { width: 32, height: 32 });
  expect(read.mask.data.includes(1)).toBe(false);
});
