import { cocoFormat } from './coco.ts';
import { cutOutFormat } from './cut-outs.ts';
import type { FormatSettings, ResultFormat } from './format.ts';
import { labelmeFormat } from './labelme.ts';
import { polygonsFormat } from './polygons.ts';
import { yoloFormat } from './yolo.ts';

/** The forms beside masks and overlays. */
const made = {
  coco: cocoFormat,
  yolo: yoloFormat,
  labelme: labelmeFormat,
  polygons: polygonsFormat,
  cutout: cutOutFormat,
} as const satisfies Readonly<Record<string, (settings: FormatSettings) => ResultFormat>>;

/** What `--format` takes. */
export const formatNames = ['png', 'overlay', 'coco', 'yolo', 'labelme', 'polygons', 'cutout'] as const;
export type FormatName = (typeof formatNames)[number];

/** The forms that were asked for, beside masks and overlays. */
export function formatsOf(names: readonly FormatName[], settings: FormatSettings): readonly ResultFormat[] {
  return names.flatMap((name) => (name === 'png' || name === 'overlay' ? [] : made[name](settings)));
}

export type { FormattedQuery, NamedContent, ResultFormat } from './format.ts';
