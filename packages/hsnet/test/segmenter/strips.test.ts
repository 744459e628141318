import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scope } from '@hypercorr/tensor';
import { itemTensors } from '@hypercorr/vision';
import type { HSNet, PreparedSupports } from '../../src/index.ts';
import { voteRules } from '../../src/prediction.ts';
import { segmentImage, type ClassProbability, type PreparedClass } from '../../src/segmenter/segment-image.ts';
import { seeExample } from '../../src/segmenter/pixels.ts';
import { stripsOf } from '../../src/segmenter/strips.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { discPicture } from '../support/disc-picture.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const engine = useEngine('wasm');
const networkSize = { width: 48, height: 48 };
const size = { width: 70, height: 90 };

let model: HSNet;
let classes: readonly PreparedClass[] = [];
beforeAll(() => {
  model = undecidedModel(engine(), networkSize.width).eval();
  const prepared = (...seeds: readonly number[]): PreparedSupports =>
    scope(() =>
      model.prepare(
        seeds.map((seed) => itemTensors(seeExample(discPicture(64, 60, seed), networkSize, 'x'), { engine: engine() })),
      ),
    );
  classes = [
    { className: 'three shots', supports: [prepared(1, 2), prepared(3)] },
    { className: 'one shot', supports: [prepared(4)] },
  ];
});
afterAll(() => {
  for (const { supports } of classes) for (const each of supports) each.dispose();
  model.dispose();
});

const { image } = discPicture(70, 90, 5);
const segment = async (options: Partial<Parameters<typeof segmentImage>[3]>) => {
  const probabilities: ClassProbability[] = [];
  const found = await segmentImage(model, { ...image, data: new Uint8Array(image.data) }, classes, {
    engine: engine(),
    networkSize,
    names: { image: 'a.jpg', weights: 'b.pt' },
    onProbability: (each) => void probabilities.push(each),
    ...options,
  });
  return { ...found, probabilities };
};

describe('an image that is decided strip by strip', () => {
  it('is divided into rows without gap or overlap', () => {
    expect(stripsOf(size, 70 * 40)).toEqual([
      { top: 0, rows: 40 },
      { top: 40, rows: 40 },
      { top: 80, rows: 10 },
    ]);
    expect(stripsOf(size, 5)).toHaveLength(90);
    expect(stripsOf(size)).toEqual([{ top: 0, rows: 90 }]);
  });

  it.each([...voteRules.map((vote) => ({ vote })), { threshold: 0.45 }, { threshold: 1 }])(
    'has the mask and the probabilities that it has as a whole: %o',
    async (rule) => {
      const whole = await segment(rule);
      for (const stripPixels of [70 * 17, 1]) {
        const strips = await segment({ ...rule, stripPixels });
        expect(strips.presence).toEqual(whole.presence);
        for (const [i, { className, probability }] of whole.probabilities.entries()) {
          const other = strips.probabilities[i]?.probability ?? [];
          expect(strips.probabilities[i]?.className).toBe(className);
          // float32 interpolates in another order.
          expect(probability.every((p, pixel) => Math.abs(p - (other[pixel] ?? 2)) < 1e-5)).toBe(true);
        }
        const differing = whole.mask.data.filter((index, pixel) => index !== strips.mask.data[pixel]);
        expect(differing.length).toBeLessThan(5);
      }
      // Both classes have pixels by every vote.
      const numbers = new Set(whole.mask.data).size;
      if ('vote' in rule) expect(numbers).toBe(3);
      else expect(numbers > 1).toBe(rule.threshold < 1);
    },
  );

  it('has the size that is asked for, whatever that of the image is', async () => {
    const [own, larger] = [await segment({}), await segment({ size: { width: 140, height: 180 }, stripPixels: 500 })];
    expect([larger.mask.width, larger.mask.height, larger.mask.data.length]).toEqual([140, 180, 140 * 180]);
    expect(larger.presence).toEqual(own.presence);
    const share = ({ data }: { readonly data: Uint8Array }) => data.filter((index) => index > 0).length / data.length;
    expect(share(larger.mask)).toBeCloseTo(share(own.mask), 1);
  });
});
