import type { Reader } from '../source/source.ts';
import type { ReaderSettings } from './messages.ts';

/**
 * Imports a reader's module into this thread and creates the reader.
 *
 * @throws Error for a module that cannot be imported or has no `createReader`; what `createReader` throws
 */
export async function loadReader({ module, options, cacheBytes }: ReaderSettings): Promise<Reader<unknown, unknown>> {
  const loaded: { readonly createReader?: unknown } = await import(/* @vite-ignore */ module);
  const { createReader } = loaded;
  if (typeof createReader !== 'function')
    throw new Error(`[prefetcher] ${module} must export a function createReader(options)`);
  const reader: unknown = await createReader(options, { cacheBytes });
  if (typeof reader !== 'function')
    throw new Error(`[prefetcher] createReader of ${module} must return a function from a plan to an item`);
  return (plan) => reader(plan);
}
