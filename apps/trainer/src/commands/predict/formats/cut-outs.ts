import { encodeRgbaPng, resizeNearest } from '@hypercorr/datasets';
import type { FormatSettings, ResultFormat } from './format.ts';

/** `NAME.cutout.png`: the photograph where a class was found, and transparent elsewhere. Each of several classes has its own. */
export function cutOutFormat({ classes, parts }: FormatSettings): ResultFormat {
  return {
    query({ name, image, found }) {
      const { width, height } = image;
      // A very large photograph was read reduced.
      const mask = found.width === width && found.height === height ? found.mask : resizeNearest(found.mask, image);
      return found.classes
        .filter(({ pixels }) => pixels > 0)
        .map(({ name: of, index }) => {
          const data = new Uint8Array(4 * width * height);
          for (let pixel = 0; pixel < width * height; pixel += 1) {
            data.set(image.data.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
            data[4 * pixel + 3] = mask.data[pixel] === index ? 255 : 0;
          }
          const part = classes.length > 1 ? `.${parts.get(of)}` : '';
          return { name: `${name}${part}.cutout.png`, content: encodeRgbaPng({ width, height, data }) };
        });
    },
  };
}
