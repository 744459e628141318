import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Reader } from '../source/source.ts';
import type { ReaderSettings } from './messages.ts';

/**
 * Imports a reader's module into this thread and creates the reader.
 *
 * @throws Error for a module that cannot be imported or has no `createReader`; what `createReader` throws
 */
export async function loadReader({ module, options, cacheBytes }: ReaderSettings): Promise<Reader<unknown, unknown>> {
  if (!isMainThread && isTypeScript(module) && !readsTypeScript) await registerTsx(module);
  const loaded: { readonly createReader?: unknown } = await import(/* @vite-ignore */ module);
  const { createReader } = loaded;
  if (typeof createReader !== 'function')
    throw new Error(`[prefetcher] ${module} must export a function createReader(options)`);
  const reader: unknown = await createReader(options, { cacheBytes });
  if (typeof reader !== 'function')
    throw new Error(`[prefetcher] createReader of ${module} must return a function from a plan to an item`);
  return (plan) => reader(plan);
}

function isTypeScript(module: string): boolean {
  return /\.[cm]?ts$/.test(module);
}

/** Whether this thread runs TypeScript: Node does since 22.18, and this package's sources bring tsx along. */
const readsTypeScript =
  import.meta.url.endsWith('.ts') || Boolean((process.features as { readonly typescript?: unknown }).typescript);

/** A program under tsx has tsx in its main thread only. This teaches this thread, if tsx is installed where the reader is. */
async function registerTsx(beside: string): Promise<void> {
  let found: string;
  try {
    // Node resolves for `require`; the module for `import` lies beside that file.
    found = createRequire(beside)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs');
  } catch {
    return; // Importing the reader says what is wrong.
  }
  const { register }: { readonly register: () => unknown } = await import(pathToFileURL(found).href);
  register();
}
