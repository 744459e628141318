import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));

/** Whether the real photographs lie beside the repository; their tests are skipped where they do not. */
export const hasSharedData = existsSync(folder);

export const skipReason = hasSharedData ? '' : ' (skipped: no ../shared/data)';

export function sharedData(name: string): string {
  return folder + name;
}
