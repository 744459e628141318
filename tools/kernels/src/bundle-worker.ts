import { build } from 'esbuild';

/**
 * Bundles a worker and all it imports into one minified script, to be started from a string.
 * The script runs in a page and in Node alike, so `node:` modules stay imports of its own making.
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
