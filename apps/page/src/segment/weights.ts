import { BackendError } from '@hypercorr/tensor';

/** A checkpoint's bytes, and what to call them. */
export interface Weights {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly source: string;
}

/** What to do about missing weights, in words. */
export const noWeights =
  'There are no weights yet: `npm start` at the top of the repository trains the network (five minutes) and leaves them; or choose a file of weights.';

/**
 * The weights that the demo left, served beside the page.
 *
 * @returns undefined where there are none
 * @throws BackendError for a server that fails
 */
export async function fetchDemoWeights(signal?: AbortSignal): Promise<Weights | undefined> {
  const url = new URL('weights/demo.safetensors', document.baseURI);
  const response = await fetch(url, { signal: signal ?? null });
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new BackendError('weights', `the server answered ${response.status} ${response.statusText} for ${url}`);
  return { bytes: new Uint8Array(await response.arrayBuffer()), source: 'the demo’s weights' };
}

export async function readWeights(file: File): Promise<Weights> {
  return { bytes: new Uint8Array(await file.arrayBuffer()), source: file.name };
}
