import { Engine, key } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trained } from '../src/spirals/main.ts';
import { twoSpirals } from '../src/spirals/spiral-data.ts';
import { SpiralTraining } from '../src/spirals/training.ts';
import { Site, unlessItFails, type Mode } from './support/site.ts';

let site: Site;
beforeAll(async () => {
  site = await Site.open();
});
afterAll(() => site[Symbol.asyncDispose]());

/** Starts to keep what the page announces, for `reports`. */
const listen = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const reports: Trained[] = [];
    document.addEventListener('trained', (event) => reports.push((event as CustomEvent<Trained>).detail));
    Object.assign(globalThis, { reports });
  });
const reports = (page: Page): Promise<Trained[]> => page.evaluate('reports');

/** Waits until the page has announced a step, and returns all reports up to it. */
async function until(page: Page, step: number): Promise<Trained[]> {
  await unlessItFails(page, page.waitForFunction(`reports.at(-1)?.step >= ${step}`));
  return (await reports(page)).filter((report) => report.step <= step);
}

describe.each<Mode>(['isolated', 'plain'])('in a page that is %s, the network', (mode) => {
  it('learns the spirals in 300 steps, while the page goes on painting; it stops, goes on, and begins anew', async () => {
    const page = await site.page('spirals.html', mode);
    await listen(page);
    await page.click('#start:not([disabled])');
    const first = await until(page, 300);
    expect(first.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => 5 * (i + 1)));
    expect(first[0]?.loss).toBeGreaterThan(0.6);
    expect(first.at(-1)?.loss).toBeLessThan(0.05);
    expect(first.at(-1)?.accuracy).toBeGreaterThan(0.97);
    expect(first.at(-1)?.frames.frames).toBeGreaterThan(10);
    expect(await page.textContent('#engine')).toMatch(
      mode === 'isolated' ? /shared memory$/ : /^wasm: 1 thread.*not shared/,
    );

    await page.click('#stop');
    const stopped = (await reports(page)).length;
    await page.waitForTimeout(300);
    expect((await reports(page)).length).toBe(stopped);
    const last = (await reports(page)).at(-1)?.step ?? NaN;
    await page.click('#start');
    // At most the steps of one report were taken and not told.
    const [next] = (await until(page, last + 20)).slice(stopped);
    expect(next?.step).toBeGreaterThan(last);
    expect(next?.step).toBeLessThanOrEqual(last + 10);

    await page.click('#reset');
    await listen(page);
    await page.click('#start:not([disabled])');
    const again = await until(page, 100);
    expect(again.map(({ loss }) => loss)).toEqual(first.slice(0, again.length).map(({ loss }) => loss));
    await page.close();
  });
});

it('the pages are served from their sources too, as `npm run page` does', async () => {
  const page = await site.page('spirals.html', 'sources');
  await listen(page);
  await page.click('#start:not([disabled])');
  expect((await until(page, 10)).map(({ step }) => step)).toEqual([5, 10]);
  expect(await page.textContent('#engine')).toMatch(/shared memory$/);
  await page.close();
});

describe('training', () => {
  it('is the same in Node', async () => {
    const engine = new Engine(await wasm({ threads: 1 })());
    using training = new SpiralTraining(engine, 0);
    expect(await training.accuracy()).toBeLessThan(0.65);
    const losses: number[] = [];
    for (let step = 0; step < 300; step += 1) losses.push(await training.step());
    expect(losses[0]).toBeGreaterThan(0.6);
    expect(losses.at(-1)).toBeLessThan(0.05);
    expect(await training.accuracy()).toBeGreaterThan(0.97);
    const probabilities = await training.probabilities(8);
    expect(probabilities).toHaveLength(64);
    expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
    training.dispose();
    expect(engine.memory().tensors).toBe(0);
    await engine.dispose();
  });

  it('has two spirals that are each other’s mirror image through the centre, but for noise', () => {
    const { positions, labels } = twoSpirals(key(1), 500);
    const turnOf = (i: number): number => {
      const [x, y] = [positions[2 * i] ?? 0, positions[2 * i + 1] ?? 0];
      // The angle that is left when the spiral is unrolled: 0 on the first, π on the second.
      return Math.cos(Math.atan2(y, x) - 2 * Math.PI * 2.25 * Math.hypot(x, y));
    };
    for (const [i, label] of labels.entries()) expect(Math.sign(turnOf(i)), `point ${i}`).toBe(label === 0 ? 1 : -1);
  });
});
