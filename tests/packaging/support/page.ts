import { cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import { chromiumFlags, findChromium } from '../../suite/support/chromium.ts';
import { applyBlock, type GuideBlock } from './guide.ts';
import { root } from './root.ts';

/** What a page needs to share memory with its workers. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** A page of `pages/`, built by Vite in a project that has the packages installed. */
export interface BuiltPage {
  readonly folder: string;
  /** All scripts of the page, minified. */
  readonly code: string;
}

/**
 * Builds a page with Vite as it is, without options of this repository.
 *
 * @param blocks files of a document that the page has besides
 */
export async function buildPage(name: string, project: string, blocks: readonly GuideBlock[] = []): Promise<BuiltPage> {
  const folder = join(project, name);
  await cp(join(root, 'tests/packaging/pages', name), folder, { recursive: true });
  for (const block of blocks) await applyBlock(folder, block);
  await build({ root: folder, configFile: false, logLevel: 'error' });
  const files = await readdir(join(folder, 'dist'), { recursive: true });
  const scripts = files.filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(scripts.map((file) => readFile(join(folder, 'dist', file), 'utf8')));
  return { folder, code: texts.join('\n') };
}

/** Bytes of a text as a server sends it. */
export function gzippedBytes(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}

/**
 * Opens a built page in the system's Chromium, cross-origin isolated, and awaits what it leaves as `outcome` in the
 * global scope.
 *
 * @param policy a content-security policy
 * @throws Error without Chromium, or with the first error that the page did not catch
 */
export async function openPage({ folder }: BuiltPage, policy?: string): Promise<unknown> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found (CHROMIUM_PATH, PATH)');
  const headers = { ...isolation, ...(policy !== undefined && { 'Content-Security-Policy': policy }) };
  const server = await preview({ root: folder, configFile: false, logLevel: 'error', preview: { port: 0, headers } });
  try {
    const browser = await chromium.launch({ executablePath, args: chromiumFlags });
    try {
      const [url = ''] = server.resolvedUrls?.local ?? [];
      return await outcomeOf(await browser.newPage(), url);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

function outcomeOf(tab: Page, url: string): Promise<unknown> {
  const fault = new Promise<never>((_, reject) => {
    tab.on('pageerror', reject);
  });
  return Promise.race([tab.goto(url).then(() => tab.evaluate('outcome')), fault]);
}
