import detectorUrl from '@mediapipe/objectron/objectron_solution_packed_assets.data?url';
import { describeWeights, unwrapCheckpoint } from '@hypercorr/hsnet';
import { parseWeights, serialiseTensors } from '@hypercorr/nn';
import { BackendError } from '@hypercorr/tensor';
import { mobileNetV2OfDetector } from '@hypercorr/vision';

/** A checkpoint's bytes and its name. */
export interface Weights {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The backbone's, where the checkpoint holds the learner alone and the page has its backbone. */
  readonly backboneBytes?: Uint8Array<ArrayBuffer>;
  readonly source: string;
}

/** The message when there are no weights. It says how to get some. */
export const noWeights = 'There are no weights beside this page; choose a file of weights.';

const photosUrl = new URL('../../../../packages/hsnet/weights/photos.safetensors', import.meta.url);

/**
 * Fetches the weights for photographs, which are served beside the page.
 *
 * @returns undefined if there are none
 * @throws BackendError if the server answers with an error
 */
export async function fetchPhotoWeights(): Promise<Weights | undefined> {
  const bytes = await fetched(photosUrl);
  return bytes && withBackbone({ bytes, source: 'weights for photographs' });
}

export async function readWeights(file: File): Promise<Weights> {
  return withBackbone({ bytes: new Uint8Array(await file.arrayBuffer()), source: file.name });
}

/** Adds the backbone to a learner of `mobilenetv2`. What the bytes are otherwise is for the segmenter to say. */
async function withBackbone(weights: Weights): Promise<Weights> {
  const { bytes, source } = weights;
  try {
    const file = parseWeights(bytes, { source });
    if (unwrapCheckpoint(file.names).names.some((name) => name.startsWith('backbone.'))) return weights;
    if (describeWeights(file, source)?.model.backbone !== 'mobilenetv2') return weights;
  } catch {
    return weights;
  }
  const detector = await fetched(new URL(detectorUrl, document.baseURI));
  if (detector === undefined) return weights;
  return { ...weights, backboneBytes: await serialiseTensors(mobileNetV2OfDetector(detector)) };
}

/** @returns undefined for what is not there */
async function fetched(url: URL): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new BackendError('weights', `the server answered ${response.status} ${response.statusText} for ${url}`);
  return new Uint8Array(await response.arrayBuffer());
}
