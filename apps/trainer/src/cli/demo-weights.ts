import { existsSync } from 'node:fs';
import { numberedFolders, runFiles } from '@hypercorr/train/node';

/** Where demos leave their results: `runs/demo`, `runs/demo-2`, … */
export const demoFolder = 'runs/demo';

/**
 * The weights that commands take for `--weights demo`: the best ones of the newest demo that has weights. An interrupted demo
 * has only its last ones.
 *
 * @returns undefined where no demo has weights
 */
export function newestDemoWeights(): string | undefined {
  return numberedFolders(demoFolder)
    .map(runFiles)
    .flatMap(({ best, last }) => [best, last])
    .find((file) => existsSync(file));
}
