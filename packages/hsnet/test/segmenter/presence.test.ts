import { resizeBilinear, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { serialiseTensors } from '@hypercorr/nn';
import { scope } from '@hypercorr/tensor';
import { imageTensor, itemTensors } from '@hypercorr/vision';
import { describe, expect, it } from 'vitest';
import {
  PhotographWatch,
  Segmenter,
  formatPresence,
  measurePresence,
  presenceKey,
  presenceScore,
  type Example,
  type PresenceCalibration,
} from '../../src/index.ts';
import { readShots } from '../../src/segmenter/read-shots.ts';
import { figureClasses, renderScene } from '../../../datasets/src/index.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { discPicture } from '../support/disc-picture.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const size = 48;
const model = { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size };

/** Scores the match alone, so that a threshold is easily put between two images. */
const calibration: PresenceCalibration = {
  intercept: -2,
  coefficients: { top: 0, inside: 0, area: 0, match: 1.5 },
  threshold: 0.5,
  on: { data: 'discs', classes: ['disc'], shots: 1, size, seed: 0, present: 10, absent: 10 },
};

const disc = (seed: number, width = 64, height = 60): Example => discPicture(width, height, seed);

describe('whether an image shows a class', () => {
  const engine = useEngine('wasm');

  async function open(presence?: PresenceCalibration): Promise<Segmenter> {
    using network = undecidedModel(engine(), size);
    const metadata = {
      hypercorr: JSON.stringify({ model }),
      ...(presence === undefined ? {} : { [presenceKey]: formatPresence(presence) }),
    };
    const weights = await serialiseTensors(network.stateDict(), { metadata });
    return Segmenter.load({ weights, engine: engine() });
  }

  /** The score from the model's own shots, whatever the image's size. */
  async function scoreOf({ model: network }: Segmenter, supports: readonly Example[], query: Example): Promise<number> {
    const plane = { width: size, height: size };
    const items = supports.map(({ image, mask }) => ({
      image: resizeBilinear(image as RgbImage, plane),
      mask: resizeNearest(mask as Mask, plane),
    }));
    using prepared = scope(() => network.prepare(items.map((item) => itemTensors(item, { engine: engine() }))));
    const [shots = []] = scope(() =>
      network.shots(imageTensor(resizeBilinear(query.image as RgbImage, plane), { engine: engine() }), [prepared]),
    );
    const statistics = measurePresence(await readShots(shots, { image: 'i', className: 'c', weights: 'w' }));
    for (const { logits, match } of shots) for (const tensor of [logits, match]) tensor.dispose();
    return presenceScore(statistics, calibration);
  }

  it('is the score of the calibration in the weights, and found from its threshold on', async () => {
    const query = disc(7, 90, 30);
    await using first = await open(calibration);
    expect(first.presence).toEqual(calibration);
    await first.remember('disc', [disc(1), disc(2)]);
    const whole = await first.segment(query.image);
    const score = await scoreOf(first, [disc(1), disc(2)], query);
    expect(whole.classes[0]?.score).toBeCloseTo(score, 6);
    // The same weights, with a threshold on either side of the score.
    for (const [threshold, isFound] of [
      [score - 1e-3, true],
      [score + 1e-3, false],
    ] as const) {
      await using other = await open({ ...calibration, threshold });
      await other.remember('disc', [disc(1), disc(2)]);
      const { classes, mask, probabilities } = await other.segment(query.image);
      expect(classes[0]).toMatchObject({ name: 'disc', found: isFound, score: whole.classes[0]?.score });
      expect((classes[0]?.pixels ?? 0) > 0).toBe(isFound);
      expect(mask.data.includes(1)).toBe(isFound);
      // What is not found has its probabilities all the same.
      expect(probabilities.get('disc')).toEqual(whole.probabilities.get('disc'));
      // Whoever knows that the object is there says so.
      const asked = await other.segment(query.image, { leastScore: 0 });
      expect(asked.mask.data.includes(1)).toBe(true);
      expect(asked.classes[0]?.found).toBe(true);
      const never = await other.segment(query.image, { leastScore: 1 });
      expect([never.classes[0]?.found, never.classes[0]?.pixels]).toEqual([false, 0]);
    }
  });

  it('of several classes is each class’s own; one that is not found leaves its pixels to the others', async () => {
    await using segmenter = await open();
    await segmenter.remember('a', [disc(1)]);
    await segmenter.remember('b', [disc(3, 50, 50)]);
    const { image } = disc(4);
    const both = await segmenter.segment(image);
    const [a = 0, b = 0] = both.classes.map(({ score }) => score);
    expect(a).not.toBe(b);
    const better = a > b ? 'a' : 'b';
    const alone = await segmenter.segment(image, { classes: [better] });
    const cut = await segmenter.segment(image, { leastScore: (a + b) / 2 });
    expect(cut.classes.map(({ name, found }) => [name, found])).toEqual([
      ['a', better === 'a'],
      ['b', better === 'b'],
    ]);
    const index = better === 'a' ? 1 : 2;
    expect([...cut.mask.data]).toEqual(Array.from(alone.mask.data, (value) => value * index));
  });

  it('of weights that are not calibrated is that the mask is not empty', async () => {
    await using segmenter = await open();
    expect(segmenter.presence).toBeUndefined();
    await segmenter.remember('disc', [disc(1)]);
    const found = await segmenter.segment(disc(2).image);
    expect(found.classes[0]?.found).toBe(true);
    // Nothing is that probable: the mask is empty, though the score is the same.
    const nothing = await segmenter.segment(disc(2).image, { threshold: 1 });
    expect(nothing.classes).toEqual([
      { name: 'disc', index: 1, pixels: 0, found: false, score: found.classes[0]?.score },
    ]);
  });

  it('refuses a least score that is none, and a calibration that it does not understand', async () => {
    await using segmenter = await open();
    await segmenter.remember('disc', [disc(1)]);
    for (const leastScore of [-0.1, 1.1, NaN])
      await expect(segmenter.segment(disc(2).image, { leastScore })).rejects.toThrow(
        'a least score is a number from 0 to 1',
      );
    await expect(open({ ...calibration, threshold: 7 })).rejects.toThrow(
      'the weights describes itself in a way that this version does not understand: [description] threshold is 7',
    );
  });
});

describe('PhotographWatch', () => {
  const classes = figureClasses();
  const drawn = (index: number): RgbImage => {
    const { width, height, pixels } = renderScene(classes, classes[index] ?? expect.fail(), index, {
      seed: 2,
      size: 128,
    });
    return { width, height, data: pixels };
  };
  /** Smooth all over, as skies and walls are. */
  const photograph: RgbImage = {
    width: 120,
    height: 90,
    data: Uint8Array.from({ length: 3 * 120 * 90 }, (_, i) => (Math.floor(i / 3) % 120) + 30 * (i % 3)),
  };
  const told = (watch: PhotographWatch, ...images: readonly RgbImage[]) => images.map((image) => watch.see(image));

  it('notices once that weights of drawn figures see photographs', () => {
    expect(told(new PhotographWatch({ benchmark: 'generated' }), photograph, photograph)).toEqual([true, false]);
    const watch = new PhotographWatch({ benchmark: 'generated' });
    expect(told(watch, drawn(0), photograph, photograph)).toEqual([false, true, false]);
  });

  it('lets drawn figures pass, with a picture among them that looks like a photograph', () => {
    const watch = new PhotographWatch({ benchmark: 'generated' });
    expect(told(watch, drawn(0), drawn(1), drawn(2), photograph, drawn(3))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('has nothing to say of other weights', () => {
    const composites = [{ cutOuts: 'toys', share: 1, classes: ['toy'], pictures: 3, backgrounds: 2, files: 'ab' }];
    for (const training of [undefined, { benchmark: 'manifest' }, { benchmark: 'generated', composites }]) {
      const watch = new PhotographWatch(training);
      expect([watch.isOfDrawings, ...told(watch, photograph, photograph)]).toEqual([false, false, false]);
    }
  });
});
