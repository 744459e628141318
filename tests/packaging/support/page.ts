import { cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, preview } from 'vite';
import { root } from './root.ts';

/** What a page needs to share memory with its workers. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** A page of `pages/`, built by Vite in a project that has the packages installed. */
export interface BuiltPage {
  readonly folder: string;
  /** All scripts of the page, minified. */
  readonly code: string;
}

/** Builds a page with Vite as it is, without options of this repository. */
export async function buildPage(name: string, project: string): Promise<BuiltPage> {
  const folder = join(project, name);
  await cp(join(root, 'tests/packaging/pages', name), folder, { recursive: true });
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

/** Serves a built page, cross-origin isolated, while `use` runs. */
export async function servePage<T>({ folder }: BuiltPage, use: (url: string) => Promise<T>): Promise<T> {
  const server = await preview({ root: folder, configFile: false, logLevel: 'error', preview: { port: 0, headers: isolation } });
  try {
    const [url] = server.resolvedUrls?.local ?? [];
    if (url === undefined) throw new Error('the preview server has no address');
    return await use(url);
  } finally {
    await server.close();
  }
}
