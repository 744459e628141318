import { figureClasses } from '../generate/classes.ts';
import { renderScene } from '../generate/scene.ts';
import { flipHorizontally } from '../augment/flip.ts';
import { normalise } from '../image/normalise.ts';
import { ByteCache } from '../prefetch/byte-cache.ts';
import type { LabelledImage, ScenePlan } from './scene-source.ts';
import type { Reader, ReaderShare } from './source.ts';

/** What `renderScene` needs beside the class and the picture's number. */
export type SceneRendering = { readonly seed: number; readonly size: number };

/** Renders pictures, mirrors them and normalises them. It remembers each as rendered. */
export function createReader(rendering: SceneRendering, { cacheBytes }: ReaderShare): Reader<LabelledImage, ScenePlan> {
  const classes = figureClasses();
  const cache = new ByteCache<Pick<LabelledImage, 'image' | 'labels'>>(cacheBytes);
  const render = (classId: number, picture: number): Pick<LabelledImage, 'image' | 'labels'> => {
    const ofClass = classes[classId];
    if (ofClass === undefined) throw new RangeError(`[scenes] there is no class ${classId}`);
    const { width, height, pixels, labels } = renderScene(classes, ofClass, picture, rendering);
    return { image: { width, height, data: pixels }, labels };
  };
  return async ({ classId, picture, mirrored }) => {
    const rendered = await cache.get(`${classId} ${picture}`, () => render(classId, picture));
    const image = mirrored ? flipHorizontally(rendered.image, 3) : rendered.image;
    const labels = mirrored ? mirroredRows(rendered.labels, image.width) : rendered.labels;
    return { image, labels, pixels: normalise(image, 'once') };
  };
}

function mirroredRows(labels: Uint16Array, width: number): Uint16Array {
  const out = labels.slice();
  for (let row = 0; row < out.length; row += width) out.subarray(row, row + width).reverse();
  return out;
}
