import type { Baselines } from '@hypercorr/hsnet';

/** What a segmentation without learning got, in percent. */
export interface BaselineFigures {
  readonly name: string;
  readonly miou: number;
  readonly fb_iou: number;
  /** What was chosen in hindsight. */
  readonly setting?: string;
}

export function baselineFigures(baselines: Baselines): BaselineFigures[] {
  return baselines
    .results()
    .map(({ name, score: { miou, fbIou }, setting }) => ({ name, miou, fb_iou: fbIou, ...(setting && { setting }) }));
}

export function baselineLine({ name, miou, setting }: BaselineFigures): string {
  return `  ${name.padEnd(24)} ${miou.toFixed(1).padStart(5)}${setting === undefined ? '' : `  (${setting})`}`;
}
