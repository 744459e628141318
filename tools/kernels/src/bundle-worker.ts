import { build } from 'esbuild';

/**
 * Bundles a worker and all its imports into one minified script, which can be started from a string. The same script
 * runs in a page and in Node, so it keeps its own `node:` imports.
 */
export const bundleWorker = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: 'es2022',
    conditions: ['source'],
    external: ['node:*'],
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry}: esbuild wrote nothing`);
  return file.text.trimEnd();
};
