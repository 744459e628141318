import { BackendError } from '@hypercorr/tensor';

/** A checkpoint's bytes and its name. */
export interface Weights {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly source: string;
}

/** The message when there are no weights. It says how to get some. */
export const noWeights =
  'There are no weights yet: `npm start` at the top of the repository trains the network (five minutes) and leaves them; or choose a file of weights.';

/**
 * Fetches the demo's weights, which are served beside the page.
 *
 * @returns undefined if there are none
 * @throws BackendError if the server answers with an error
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
