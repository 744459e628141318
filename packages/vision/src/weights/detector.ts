import { parseTFLite, type RawTensor } from '@hypercorr/nn';
import { mobileNetV2State } from './mobilenet-v2-state.ts';

/**
 * The file with the weights of `mobilenetv2`, in a package of the npm registry: an object detector that Google trained on
 * Open Images V4 (Apache License 2.0). The first bytes of the file are the detector's labels, and the model is a TensorFlow
 * Lite file after them.
 */
export const detector = {
  file: '@mediapipe/objectron/objectron_solution_packed_assets.data',
  version: '0.4.1675468480',
  begin: 184,
  end: 9_987_912,
  /** Of the model alone. */
  sha256: 'd0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6',
} as const;

/**
 * The weights of `mobilenetv2` in the bytes of the detector's file, for programs that fetch it by themselves, such as pages.
 * In Node, `readPackagedBackbone` of `@hypercorr/vision/node` finds the file, checks it and keeps the result.
 *
 * @throws FormatError for bytes that hold no such model
 */
export function mobileNetV2OfDetector(file: Uint8Array): Readonly<Record<string, RawTensor>> {
  return mobileNetV2State(parseTFLite(file.subarray(detector.begin, detector.end), { source: detector.file }));
}
