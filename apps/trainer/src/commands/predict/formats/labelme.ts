import { relative, sep } from 'node:path';
import { encodeMaskPng } from '@hypercorr/datasets';
import type { MaskObject } from '@hypercorr/vision/objects';
import { className, type FormatSettings, type ResultFormat } from './format.ts';

/** The oldest LabelMe that knows shapes of the type `mask`. */
const version = '5.2.0';

/**
 * `NAME.json`: LabelMe's shapes, a polygon for each object. An object with holes is a mask, since LabelMe's polygons have none.
 * The photograph stays where it is, and is named from the folder of results.
 */
export function labelmeFormat(settings: FormatSettings): ResultFormat {
  return {
    query({ file, name, objects, found: { width, height } }) {
      const content = {
        version,
        flags: {},
        shapes: objects.map((object) => ({
          label: className(settings, object),
          ...shapeOf(object),
          group_id: null,
          description: '',
          flags: {},
        })),
        imagePath: relative(settings.out, file).replaceAll(sep, '/'),
        imageData: null,
        imageHeight: height,
        imageWidth: width,
      };
      return [{ name: `${name}.json`, content: `${JSON.stringify(content, null, 2)}\n` }];
    },
  };
}

function shapeOf({ box, pixels, outline: { outer, holes } }: MaskObject): object {
  if (holes.length === 0) return { shape_type: 'polygon', points: outer, mask: null };
  const { left, top, width, height } = box;
  const png = encodeMaskPng({ width, height, data: pixels });
  return {
    shape_type: 'mask',
    // The last pixels belong to the mask.
    points: [
      [left, top],
      [left + width - 1, top + height - 1],
    ],
    mask: Buffer.from(png).toString('base64'),
  };
}
