import { normalise, type Mask, type RgbImage } from '@hypercorr/datasets';
import { ShapeError, cast, fromArray, greater, readSync, scope, tensor } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { imageBatch, imageTensor, itemTensors, labelBatch, maskBatch, maskOf, maskTensor } from '../src/index.ts';
import { useEngine } from './support/engines.ts';

const engine = useEngine('reference');

/** Every byte in every channel. */
const ramp: RgbImage = { width: 32, height: 8, data: Uint8Array.from({ length: 768 }, (_, i) => (i * 7) % 256) };
const black: RgbImage = { width: 32, height: 8, data: new Uint8Array(768) };
/** Background, object and void. */
const mask: Mask = { width: 3, height: 2, data: Uint8Array.of(0, 1, 255, 1, 0, 1) };

test('an image is what the workers normalise', () => {
  scope(() => {
    const image = imageTensor(ramp, { engine: engine() });
    expect(image.shape).toEqual([3, 8, 32]);
    expect(readSync(image)).toEqual(normalise(ramp));
    const batch = imageBatch([black, ramp], { engine: engine() });
    expect(batch.shape).toEqual([2, 3, 8, 32]);
    expect(readSync(batch).subarray(768)).toEqual(normalise(ramp));
  });
});

test('an image that a worker has normalised stays as it is', () => {
  const pixels = Float32Array.from({ length: 768 }, (_, i) => i / 8);
  const normalised = { image: ramp, pixels };
  scope(() => {
    expect(readSync(imageTensor(normalised, { engine: engine() }))).toEqual(pixels);
    const batch = readSync(imageBatch([normalised, ramp], { engine: engine() }));
    expect([batch.slice(0, 768), batch.slice(768)]).toEqual([pixels, normalise(ramp)]);
    expect(readSync(itemTensors({ image: ramp, pixels, mask }, { engine: engine() }).image)).toEqual(pixels);
    expect(() => imageTensor({ image: { width: 8, height: 8 }, pixels })).toThrow(ShapeError);
  });
});

test('a mask marks the object, and neither background nor void', () => {
  scope(() => {
    const marked = [0, 1, 0, 1, 0, 1];
    expect([...readSync(maskTensor(mask, { engine: engine() }))]).toEqual(marked);
    const masks = maskBatch([mask, mask], { engine: engine() });
    expect([masks.shape, masks.dtype, [...readSync(masks)]]).toEqual([[2, 2, 3], 'float32', [...marked, ...marked]]);
    const labels = labelBatch([mask], { engine: engine() });
    expect([labels.shape, labels.dtype, [...readSync(labels)]]).toEqual([[1, 2, 3], 'int32', marked]);
    const item = itemTensors({ image: ramp, mask }, { engine: engine() });
    expect([item.image.shape, item.mask.shape]).toEqual([
      [3, 8, 32],
      [2, 3],
    ]);
  });
});

test('a batch is of one size, and holds something', () => {
  expect(() => imageBatch([])).toThrow(ShapeError);
  expect(() => imageBatch([])).toThrow('[imageBatch] there is no picture; give at least one');
  const other = { width: 8, height: 32, data: ramp.data };
  expect(() => imageBatch([ramp, other])).toThrow(
    '[imageBatch] the pictures of a batch have one size; got 32×8 and 8×32',
  );
  expect(() => labelBatch([mask, { width: 2, height: 3, data: mask.data }])).toThrow('[labelBatch]');
  expect(() => imageTensor({ ...ramp, width: 16 })).toThrow(ShapeError);
});

describe('a predicted mask comes back', () => {
  test('as 0 and 1, or as its indices', async () => {
    using marked = scope(() => greater(maskTensor(mask, { engine: engine() }), 0.5));
    expect(await maskOf(marked)).toEqual({ width: 3, height: 2, data: Uint8Array.of(0, 1, 0, 1, 0, 1) });
    using indices = scope(() =>
      cast(
        tensor(
          [
            [0, 3],
            [255, 1],
          ],
          { engine: engine() },
        ),
        'int32',
      ),
    );
    expect(await maskOf(indices)).toEqual({ width: 2, height: 2, data: Uint8Array.of(0, 3, 255, 1) });
  });

  test.each([256, -1])('and refuses an index that a mask cannot hold: %s', async (index) => {
    using indices = fromArray(Int32Array.of(1, index), [1, 2], { engine: engine() });
    await expect(maskOf(indices)).rejects.toThrow(`[maskOf] a mask holds indices from 0 to 255; got ${index}`);
  });
});
