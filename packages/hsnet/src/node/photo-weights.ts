import { fileURLToPath } from 'node:url';

/**
 * The weights that come with this package: a learner for the `mobilenetv2` backbone, trained on photographs. What it was
 * trained on, how, and its scores: docs/weights-photos.md.
 */
export const photoWeights = fileURLToPath(new URL('../../weights/photos.safetensors', import.meta.url));
