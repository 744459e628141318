import type { MaskObject } from '@hypercorr/vision/objects';
import {
  jsonText,
  scoreOf,
  type FormatSettings,
  type FormattedQuery,
  type NamedContent,
  type ResultFormat,
} from './format.ts';

/**
 * `coco.json`: COCO's instances of all queries, an annotation for each object. An object with holes has runs of pixels, since
 * COCO's polygons have none.
 */
export function cocoFormat(settings: FormatSettings): ResultFormat {
  const images: object[] = [];
  const annotations: object[] = [];
  return {
    query(result) {
      const imageId = images.length + 1;
      const { width, height } = result.found;
      images.push({ id: imageId, file_name: settings.nameOf(result.file), width, height });
      for (const object of result.objects) {
        const { left, top, width: across, height: down } = object.box;
        annotations.push({
          id: annotations.length + 1,
          image_id: imageId,
          category_id: object.value,
          segmentation: segmentationOf(result, object),
          area: object.area,
          bbox: [left, top, across, down],
          iscrowd: 0,
          score: scoreOf(result, object),
        });
      }
      return [];
    },
    end(): readonly NamedContent[] {
      const categories = settings.classes.map((name, i) => ({ id: i + 1, name }));
      return [{ name: 'coco.json', content: jsonText({ images, categories, annotations }) }];
    },
  };
}

function segmentationOf({ found: { width, height } }: FormattedQuery, object: MaskObject): object {
  const { outer, holes } = object.outline;
  if (holes.length === 0) return [outer.flat()];
  return { size: [height, width], counts: runsOf(object, { width, height }) };
}

/** The lengths of runs in column-major order, background first. */
function runsOf(
  { box, pixels }: MaskObject,
  { width, height }: { readonly width: number; readonly height: number },
): readonly number[] {
  const counts: number[] = [];
  let [value, run] = [0, box.left * height];
  for (let x = 0; x < box.width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      const row = y - box.top;
      const pixel = row >= 0 && row < box.height ? (pixels[row * box.width + x] ?? 0) : 0;
      if (pixel === value) run += 1;
      else {
        counts.push(run);
        [value, run] = [pixel, 1];
      }
    }
  }
  const rest = (width - box.left - box.width) * height;
  if (value === 0) counts.push(run + rest);
  else counts.push(run, ...(rest > 0 ? [rest] : []));
  return counts;
}
