import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mask } from '@hypercorr/datasets';
import { readMask } from '@hypercorr/datasets/node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { additionNames } from '../../src/index.ts';
import { Segmenter, describeWeightsFile, photoWeights } from '../../src/node.ts';
import { discPicture } from '../support/disc-picture.ts';

const engine = useEngine('wasm');
const towers = fileURLToPath(new URL('../../../../../shared/data/fss-sample/eiffel-tower', import.meta.url));

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'hypercorr-cache-'));
  vi.stubEnv('HYPERCORR_CACHE', cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

/** In percent. */
function iou(found: Mask, truth: Mask): number {
  let [both, either] = [0, 0];
  for (const [i, value] of truth.data.entries()) {
    const [a, b] = [found.data[i] === 1, value === 1];
    if (a && b) both += 1;
    if (a || b) either += 1;
  }
  return (100 * both) / either;
}

test('they say what they are, and are small', async () => {
  expect(statSync(photoWeights).size).toBeLessThan(6e6);
  const { about } = await describeWeightsFile(photoWeights);
  expect(about?.model).toEqual({
    backbone: 'mobilenetv2',
    kernel: 'center-pivot',
    supportMasking: true,
    additions: additionNames,
    size: 256,
  });
  expect(about?.training?.classes).toContain('accordion');
  expect(about?.presence?.on.classes).toContain('cannon');
});

test('what is marked in one picture is likelier in another than what is around it', async () => {
  await using segmenter = await Segmenter.load({ engine: engine() });
  expect(segmenter.size).toBe(256);
  const query = discPicture(200, 150, 2);
  await segmenter.remember('disc', [discPicture(180, 160, 1)]);
  const { probabilities } = await segmenter.segment(query.image);
  const probability = probabilities.get('disc') ?? expect.fail();
  const mean = (label: number): number => {
    const values = probability.filter((_, i) => query.mask.data[i] === label);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  expect(mean(1)).toBeGreaterThan(1.5 * mean(0));
});

const photographs = fileURLToPath(new URL('../../../../examples/photographs/', import.meta.url));

test.each([
  ['windmill', 'fish', 70],
  ['fish', 'windmill', 50],
])('a %s is found in another photograph, and not in one of a %s', async (kind, other, least) => {
  await using segmenter = await Segmenter.load({ engine: engine() });
  const marked = (of: string, place: number) => ({
    image: join(photographs, of, `${place}.webp`),
    mask: join(photographs, of, `${place}.png`),
  });
  await segmenter.remember(kind, [marked(kind, 1)]);
  const second = marked(kind, 2);
  const { mask, classes } = await segmenter.segment(second.image);
  expect(classes[0]?.found).toBe(true);
  expect(iou(mask, (await readMask(second.mask)).mask)).toBeGreaterThan(least);
  const absent = await segmenter.segment(marked(other, 2).image);
  expect(absent.classes[0]?.score).toBeLessThan(classes[0]?.score ?? NaN);
});

test.skipIf(!existsSync(towers))(
  'a tower of one photograph is found in four others (skipped where ../shared is absent)',
  async () => {
    await using segmenter = await Segmenter.load({ engine: engine() });
    await segmenter.remember('tower', [{ image: join(towers, '1.jpg'), mask: join(towers, '1.png') }]);
    let sum = 0;
    for (const name of ['2', '3', '4', '5']) {
      const { mask } = await segmenter.segment(join(towers, `${name}.jpg`));
      sum += iou(mask, (await readMask(join(towers, `${name}.png`))).mask);
    }
    expect(sum / 4).toBeGreaterThan(40);
  },
);
