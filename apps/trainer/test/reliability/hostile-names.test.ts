import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumFlags, findChromium } from '../../../../tests/suite/support/chromium.ts';
import { writeRandomBackbone } from '../support/backbone-weights.ts';
import { writeShapes } from '../support/shapes-dataset.ts';
import { hypercorr } from '../support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-hostile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Names of classes, and so of folders, that would run a script wherever one of them stood unescaped. */
const names = [
  '<img src=x onerror=globalThis.ran=1>',
  '"><svg onload=globalThis.ran=2>',
  "' onmouseover='globalThis.ran=3' autofocus onfocus='globalThis.ran=3",
  '<script>globalThis.ran=4<&#47;script>',
  'javascript:globalThis.ran=5',
  '<i onpointerover=globalThis.ran=9>',
];

const data = join(root, '<img src=x onerror=globalThis.ran=6>');
const out = join(root, 'run <b onclick=globalThis.ran=7>');
beforeAll(async () => {
  await writeShapes(data, { classes: names.length, images: 2, side: 32 });
  for (const [i, name] of readdirSync(data).toSorted().entries())
    renameSync(join(data, name), join(data, names[i] ?? name));
  const backbone = join(root, 'backbone.safetensors');
  await writeRandomBackbone(backbone);
  const { exitCode, stderr } = await hypercorr([
    ...[
      'train',
      '--benchmark',
      'folder',
      '--data',
      data,
      '--backbone',
      'tiny',
      '--backbone-weights',
      backbone,
      '--size',
      '32',
      '--threads',
      '1',
      '--out',
      out,
    ],
    ...[
      '--batch',
      '1',
      '--episodes',
      '1',
      '--epochs',
      '1',
      '--val-episodes',
      '12',
      '--train-classes',
      'javascript:globalThis.ran=5',
      '--val-classes',
      names.slice(0, 4).join(','),
    ],
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  const compared = await hypercorr(['compare', out, '--out', root]);
  if (compared.exitCode !== 0) throw new Error(compared.stderr);
});

test.each([
  ['the report', () => join(out, 'report.html')],
  ['a comparison', () => join(root, 'compare.html')],
])('no name of a class, a file or a run makes %s run a script, or load anything', async (_, path) => {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found (CHROMIUM_PATH, PATH)');
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  try {
    const tab = await browser.newPage();
    const requests: string[] = [];
    const refused: string[] = [];
    tab.on('request', (request) => void requests.push(request.url()));
    tab.on('console', (message) => void refused.push(message.text()));
    const url = pathToFileURL(path()).href;
    await tab.goto(url);
    await tab.evaluate(`for (const element of document.querySelectorAll('*')) {
      for (const type of ['mouseover', 'pointerover', 'focus', 'click']) element.dispatchEvent(new Event(type, { bubbles: true }));
    }`);
    expect(await tab.evaluate('globalThis.ran')).toBeUndefined();
    expect(await tab.locator('script, [onerror], [onload], [onmouseover], [onfocus], [onclick], a').count()).toBe(0);
    expect(requests.filter((each) => each !== url && !each.startsWith('data:'))).toEqual([]);
    // The page's policy had nothing to refuse either.
    expect(refused).toEqual([]);
    // The names are shown as they are.
    const text = await tab.evaluate('document.body.innerText');
    expect(text).toContain('<b onclick=globalThis.ran=7>');
    if (path().endsWith('report.html')) expect(names.filter((name) => String(text).includes(name))).not.toEqual([]);
  } finally {
    await browser.close();
  }
});

test('should a name get into a page unescaped, its policy lets no script run', async () => {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: chromiumFlags,
  });
  try {
    const tab = await browser.newPage();
    await tab.setContent(
      readFileSync(join(out, 'report.html'), 'utf8').replace(
        '</h1>',
        `${names[0]}<script>globalThis.ran=8</script></h1>`,
      ),
    );
    await tab.locator('h1 img').waitFor({ state: 'attached' });
    expect(await tab.evaluate('globalThis.ran')).toBeUndefined();
  } finally {
    await browser.close();
  }
});
