// Times the segmentation of a photograph with the weights for photographs: in Chromium, on WebAssembly threads, and in Node, in
// turns. Prints seconds and the median of ratios. `npx --yes pnpm@10.34.8 --filter @hypercorr/page bench [IMAGE MASK QUERY]`
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Segmenter } from '@hypercorr/hsnet/node';
import { wasm } from '@hypercorr/tensor/wasm';
import type { Page } from 'playwright';
import type { Segmented } from '../src/segment/main.ts';
import { Site, unlessItFails } from '../test/support/site.ts';

const photographs = new URL('../../../examples/photographs/', import.meta.url).pathname;
const usual = ['windmill/1.webp', 'windmill/1.png', 'queries/windmill-linda.webp'].map((name) => photographs + name);
const { positionals } = parseArgs({ allowPositionals: true });
const [image = '', mask = '', query = ''] = positionals.length === 3 ? positionals : usual;
const rounds = 12;

/** The time from the click to the mask, as the page tells it, in milliseconds. */
async function inPage(page: Page): Promise<number> {
  const announced = page.evaluate(
    () =>
      new Promise<Segmented>((resolve) =>
        document.addEventListener('segmented', (event) => resolve((event as CustomEvent<Segmented>).detail), {
          once: true,
        }),
      ),
  );
  await page.click('#segment:not([disabled])');
  return (await unlessItFails(page, announced)).milliseconds;
}

async function inNode(segmenter: Segmenter): Promise<number> {
  const start = performance.now();
  // The page prepares the support for each query, too.
  await segmenter.remember('object', [{ image, mask }]);
  await segmenter.segment(query);
  segmenter.forget('object');
  return performance.now() - start;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

await using site = await Site.open();
await using segmenter = await Segmenter.load({ backend: wasm({ threads: 2 }) });
const page = await site.page('index.html', 'isolated', { weights: 'beside the page' });
await page.waitForSelector('#segment:not([disabled])');
for (const [id, file] of [
  ['support-file', image],
  ['mask-file', mask],
  ['query-file', query],
] as const)
  await page.setInputFiles(`#${id}`, {
    name: file.split('/').at(-1) ?? file,
    mimeType: '',
    buffer: readFileSync(file),
  });
await page.waitForTimeout(500);
const pairs: { readonly page: number; readonly node: number }[] = [];
// The first of each starts the engine, or compiles.
for (let round = 0; round <= rounds; round += 1)
  pairs.push({ page: await inPage(page), node: await inNode(segmenter) });
const timed = pairs.slice(1);
const seconds = (of: 'page' | 'node'): string => (median(timed.map((pair) => pair[of])) / 1000).toFixed(3);
console.log(await page.textContent('#engine'));
console.log(
  `Chromium ${seconds('page')} s, Node ${seconds('node')} s; median of ${rounds} ratios ${median(timed.map((pair) => pair.page / pair.node)).toFixed(2)}`,
);
