import { Segmenter } from '@hypercorr/hsnet';
import { Segmenter as PhotoSegmenter } from '@hypercorr/hsnet/node';
import { Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { Page, Worker } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../src/engine/backends.ts';
import { heldOutClasses } from '../src/segment/examples.ts';
import type { Segmented } from '../src/segment/main.ts';
import { segment, type Episode, type Found } from '../src/segment/network.ts';
import { seededWeights } from './support/seeded-weights.ts';
import { Site, unlessItFails, type Mode, type PageOptions } from './support/site.ts';

/** Pictures of 48 are small enough for a GPU that is drawn in software; of 400 they take half a second and more. */
const [weights, slowWeights] = (await seededWeights(48, 400)) as [Uint8Array, Uint8Array];

let site: Site;
let engine: Engine;
beforeAll(async () => {
  [site, engine] = [await Site.open(), new Engine(await wasm({ threads: 2 })())];
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await engine.dispose();
});

/** The page with pictures that are as small as the networks of these tests. */
async function drawnPage(mode: Mode, options: PageOptions): Promise<Page> {
  const page = await site.page('index.html', mode, options);
  await page.selectOption('#class', heldOutClasses[0]?.name ?? '');
  return page;
}

const choose = (page: Page, backend: Backend): Promise<void> => page.check(`#backends input[value=${backend}]`);

/** Presses "Find it", and waits for what the page announces. */
async function find(page: Page): Promise<Segmented> {
  const announced = page.evaluate(
    () =>
      new Promise<Segmented>((resolve) =>
        document.addEventListener('segmented', (event) => resolve((event as CustomEvent<Segmented>).detail), {
          once: true,
        }),
      ),
  );
  await page.click('#segment:not([disabled])');
  return unlessItFails(page, announced);
}

/** What Node makes of the same pictures. */
async function foundInNode(episode: Episode, bytes: Uint8Array): Promise<Found> {
  await using segmenter = await Segmenter.load({ weights: bytes, engine });
  return await segment(segmenter, episode);
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** float32 sums in another order, after some forty layers: of a probability. */
const tolerance = 1e-4;

describe.each<[Backend, Mode, RegExp]>([
  ['wasm-threads', 'isolated', /^wasm: \d+ threads, relaxed SIMD, shared memory\./],
  ['wasm-plain', 'plain', /^wasm: 1 thread, relaxed SIMD, memory is not shared/],
  ['webgpu', 'isolated', /^gpu: GPU\.js webgpu on /],
])('on %s, in a page that is %s,', (backend, mode, description) => {
  it("what is found equals Node's, and is what the page paints", async () => {
    const page = await drawnPage(mode, { weights });
    await choose(page, backend);
    const { mask, probability, episode } = await find(page);
    expect(await page.textContent('#engine')).toMatch(description);

    const { width, height } = episode.query;
    const expected = await foundInNode(episode, weights);
    expect([mask.width, mask.height, probability.length]).toEqual([width, height, width * height]);
    const differences = probability.map((value, i) => value - (expected.probability[i] ?? NaN));
    expect(largest(differences)).toBeLessThan(tolerance);
    const decided = [...expected.mask.data.keys()].filter(
      (i) => Math.abs((expected.probability[i] ?? 0.5) - 0.5) > tolerance,
    );
    expect(decided.map((i) => mask.data[i])).toEqual(decided.map((i) => expected.mask.data[i]));

    const inside = Array.from(mask.data, (value) => value === 1);
    // Otherwise there would be nothing to see.
    expect(new Set(inside).size).toBe(2);
    const painted = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#query-mask');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i + 3] !== 0);
    });
    expect(painted).toEqual(inside);
    await page.close();
  });
});

it('the weights and photographs beside the page: a windmill is found, as in Node', async () => {
  const page = await site.page('index.html', 'isolated', { weights: 'beside the page' });
  await choose(page, 'wasm-threads');
  const { mask, probability, episode } = await find(page);
  await using segmenter = await PhotoSegmenter.load({ engine });
  const expected = await segment(segmenter, episode);
  const differences = probability.map((value, i) => value - (expected.probability[i] ?? NaN));
  expect(largest(differences)).toBeLessThan(tolerance);
  const share = mask.data.filter((value) => value === 1).length / mask.data.length;
  expect(share).toBeGreaterThan(0.05);
  expect(share).toBeLessThan(0.5);
  await page.close();
});

/** Presses "Find it", and "Stop" as soon as the worker computes. */
async function findAndStop(page: Page): Promise<void> {
  await page.evaluate(async () => {
    document.querySelector<HTMLButtonElement>('#segment')?.click();
    while (document.querySelector('#result')?.textContent !== 'Looking…') await new Promise(requestAnimationFrame);
    document.querySelector<HTMLButtonElement>('#stop')?.click();
  });
  await page.getByText('Stopped.').waitFor();
  expect(await page.locator('#notice').isHidden()).toBe(true);
}

const engineWorker = (page: Page): Worker =>
  page.workers().find((worker) => worker.url().includes('segment.worker')) ?? expect.fail('there is no worker');

/** A page that is held up paints nothing until the result is there. How often it paints depends on what else runs. */
function expectPainting({ frames }: Segmented): void {
  expect(frames.frames).toBeGreaterThan(2);
}

describe('while the worker computes, the page goes on painting, and Stop stops it', () => {
  it('between two operations where memory is shared: the worker is there for the next picture', async () => {
    const page = await drawnPage('isolated', { weights: slowWeights });
    await choose(page, 'wasm-threads');
    const before = await find(page);
    expectPainting(before);

    const worker = engineWorker(page);
    // Every step of every kernel wakes the other threads once.
    await worker.evaluate(() => {
      const counts = { steps: 0 };
      Atomics.notify = new Proxy(Atomics.notify, {
        apply(notify, self, args) {
          counts.steps += 1;
          return Reflect.apply(notify, self, args);
        },
      });
      Object.assign(globalThis, { counts });
    });
    const steps = (): Promise<number> => worker.evaluate('counts.steps');
    await findAndStop(page);
    const stopped = await steps();
    await page.waitForTimeout(300);
    expect(await steps()).toBe(stopped);

    const after = await find(page);
    expect(after.probability).toEqual(before.probability);
    const whole = (await steps()) - stopped;
    // On a busy machine the click may come late.
    expect(stopped).toBeLessThan(whole);
    await page.close();
  });

  it('with its worker where memory is not shared: another one takes its place', async () => {
    const page = await drawnPage('plain', { weights: slowWeights });
    const before = await find(page);
    expectPainting(before);

    const ended = new Promise((resolve) => void engineWorker(page).on('close', resolve));
    await findAndStop(page);
    const after = await find(page);
    await ended;
    expect(after.probability).toEqual(before.probability);
    await page.close();
  });
});

describe('the example', () => {
  const marked = (page: Page): Promise<number> =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#support-mask');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return Array.from({ length: pixels.length / 4 }, (_, i) => Number(pixels[4 * i + 3] !== 0)).reduce(
        (sum, one) => sum + one,
        0,
      );
    });

  it('is painted on with the pointer, and has to mark something', async () => {
    const page = await drawnPage('isolated', { weights });
    await page.locator('#segment:not([disabled])').waitFor();
    expect(await marked(page)).toBeGreaterThan(100);
    await page.click('#clear');
    expect(await marked(page)).toBe(0);
    await page.click('#segment');
    await page.getByText('Nothing is marked in the example').waitFor();

    const drag = async () => {
      const box = (await page.locator('#support-mask').boundingBox()) ?? expect.fail('the mask is not shown');
      await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height);
      await page.mouse.down();
      await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.5 * box.height, { steps: 5 });
      await page.mouse.up();
    };
    await drag();
    const { episode } = await find(page);
    const rows = new Set(
      [...episode.mask.data.keys()]
        .filter((i) => episode.mask.data[i] === 1)
        .map((i) => Math.floor(i / episode.mask.width)),
    );
    // A brush of 4 hundredths of 160 pixels on either side of a line.
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(72);
    expect(Math.max(...rows)).toBeLessThanOrEqual(87);
    expect(await page.locator('#notice').isHidden()).toBe(true);

    await page.check('#erase');
    await drag();
    expect(await marked(page)).toBe(0);
    await page.close();
  });

  it('may be drawn anew, or a picture of one’s own', async () => {
    const page = await drawnPage('isolated', { weights });
    await page.locator('#segment:not([disabled])').waitFor();
    expect(await page.locator('#class option').allTextContents()).toEqual([
      'windmill',
      'fish',
      ...heldOutClasses.map(({ name }) => name),
    ]);
    const first = await find(page);
    await page.click('#another');
    const second = await find(page);
    expect(second.episode.query.data).not.toEqual(first.episode.query.data);

    const picture = await page.locator('#query').screenshot();
    await page.setInputFiles('#query-file', { name: 'mine.png', mimeType: 'image/png', buffer: picture });
    const third = await find(page);
    expect([third.episode.query.width, third.episode.query.height]).not.toEqual([160, 160]);
    expect(third.probability).toHaveLength(third.episode.query.width * third.episode.query.height);
    await page.close();
  });

  it('says what is wrong with a file', async () => {
    const page = await drawnPage('isolated', { weights });
    await page.locator('#segment:not([disabled])').waitFor();
    const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a picture') };
    for (const [input, message] of [
      ['#query-file', '[picture] notes.txt is not a picture'],
      ['#support-file', '[picture] notes.txt is not a picture'],
      ['#mask-file', 'notes.txt'],
    ] as const) {
      await page.setInputFiles(input, file);
      await page.locator('#notice', { hasText: message }).waitFor();
    }
    await page.setInputFiles('#weights-file', file);
    await expect(find(page)).rejects.toThrow('[weights] notes.txt');
    await page.close();
  });
});

describe('the page says what is missing:', () => {
  it('weights', async () => {
    const page = await drawnPage('isolated', {});
    await page.locator('#notice', { hasText: 'There are no weights beside this page' }).waitFor();
    expect(await page.isDisabled('#segment')).toBe(true);
    await page.setInputFiles('#weights-file', {
      name: 'mine.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(weights),
    });
    await page.getByText('mine.safetensors').waitFor();
    expect((await find(page)).probability.length).toBeGreaterThan(0);
    await page.close();
  });

  it('shared memory', async () => {
    const page = await site.page('index.html', 'plain', { weights });
    expect(await page.isDisabled('input[value=wasm-threads]')).toBe(true);
    expect(await page.isChecked('input[value=wasm-plain]')).toBe(true);
    expect(await page.textContent('label:has(input[value=wasm-threads])')).toMatch(
      /Not here: the page is not cross-origin isolated/,
    );
    await page.close();
  });

  it.each([
    ['WebGPU', 'delete Navigator.prototype.gpu', /Not here: this browser has no WebGPU/],
    [
      'an adapter',
      'Navigator.prototype.__defineGetter__("gpu", () => ({ requestAdapter: async () => null }))',
      /Not here: .*no adapter/,
    ],
  ])('%s', async (_, before, why) => {
    const page = await site.page('index.html', 'isolated', { weights, before });
    await page.locator('label:has(input[value=webgpu])').waitFor();
    expect(await page.isDisabled('input[value=webgpu]')).toBe(true);
    expect(await page.textContent('label:has(input[value=webgpu])')).toMatch(why);
    await page.close();
  });
});
