import { readFileSync } from 'node:fs';

/** What `fixtures/vision.py` describes. */
export interface VisionCases {
  /** Sides of images, and of their maps at output stride 8 behind a deep stem. */
  readonly map_sizes: readonly { readonly image: number; readonly map: readonly [number, number] }[];
  /** Parameters of the deep-stem ResNet-101. */
  readonly backbone_params: number;
  readonly metrics: readonly ConfusionCase[];
}

/** A confusion matrix and its figures, as fractions; null is NaN. */
export interface ConfusionCase {
  readonly name: string;
  readonly classes: number;
  readonly truth_classes: number;
  readonly said_classes: number;
  readonly ignore: number;
  readonly confusion: readonly (readonly number[])[];
  readonly pixel_accuracy: number;
  readonly mean_accuracy: number;
  readonly mean_iou: number;
  readonly frequency_weighted_iou: number;
  readonly iou: readonly (number | null)[];
}

export const visionCases = JSON.parse(
  readFileSync(new URL('../../../../fixtures/vision.json', import.meta.url), 'utf8'),
) as VisionCases;
