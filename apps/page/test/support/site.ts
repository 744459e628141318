import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { build, createServer, preview } from 'vite';
import { chromiumFlags, findChromium } from '../../../../tests/suite/support/chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * How the pages are served: built, with memory that may be shared (`isolated`) or as most hosts of static files do
 * (`plain`); or from their sources, as `npm run page` does (`sources`).
 */
export type Mode = 'isolated' | 'plain' | 'sources';

interface Server {
  readonly resolvedUrls: { readonly local: readonly string[] } | null;
  close(): Promise<void>;
}

export interface PageOptions {
  /** What the server has as weights: these, or those that lie beside the page; without, it has none. */
  readonly weights?: Uint8Array | 'beside the page';
  /** A script that runs before the page's own. */
  readonly before?: string;
}

/** The pages, on servers of Vite's, and a browser to open them in. */
export class Site implements AsyncDisposable {
  readonly #outDir: string;
  readonly #browser: Browser;
  readonly #servers = new Map<Mode, Promise<Server>>();

  private constructor(outDir: string, browser: Browser) {
    this.#outDir = outDir;
    this.#browser = browser;
  }

  /** Builds the pages as `vite build` does. @throws Error without Chromium */
  static async open(): Promise<Site> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('no Chromium found (CHROMIUM_PATH, PATH)');
    const outDir = await mkdtemp(join(tmpdir(), 'page-'));
    await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
    return new Site(outDir, await chromium.launch({ executablePath, args: chromiumFlags }));
  }

  async page(file: string, mode: Mode, { weights, before }: PageOptions = {}): Promise<Page> {
    const started = this.#servers.get(mode) ?? this.#serve(mode);
    this.#servers.set(mode, started);
    const [base = ''] = (await started).resolvedUrls?.local ?? [];
    const page = await this.#browser.newPage();
    // The tests' own limit is the one that holds.
    page.setDefaultTimeout(0);
    if (weights !== 'beside the page') {
      const reply = weights === undefined ? { status: 404 } : { body: Buffer.from(weights) };
      await page.route('**/photos*.safetensors*', (route) => route.fulfill(reply));
    }
    if (before !== undefined) await page.addInitScript(before);
    await page.goto(new URL(file, base).href);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    for (const server of this.#servers.values()) await (await server).close();
    await rm(this.#outDir, { recursive: true });
  }

  async #serve(mode: Mode): Promise<Server> {
    if (mode === 'sources')
      return (await createServer({ root, logLevel: 'error', server: { port: 0, watch: null } })).listen();
    return preview({ root, mode, logLevel: 'error', build: { outDir: this.#outDir }, preview: { port: 0 } });
  }
}

/** Waits for a promise; rejects with what the page tells its user is wrong, or did not catch, if that comes first. */
export async function unlessItFails<T>(page: Page, promise: Promise<T>): Promise<T> {
  const thrown = new Promise<never>((_, reject) => page.once('pageerror', reject));
  const told = page.waitForSelector('#notice:not([hidden])').then(async (notice) => {
    throw new Error((await notice.textContent()) ?? '');
  });
  for (const each of [thrown, told, promise]) each.catch(() => {});
  return Promise.race([promise, thrown, told]);
}
