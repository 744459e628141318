import { normalise, resizeNearest, type Episode } from '@hypercorr/datasets';
import { describe, expect, test } from 'vitest';
import { EpisodeMeter, SegmentationScore, evaluate, overlapOf, publishedRules } from '../../src/index.ts';
import { discPicture } from '../support/disc-picture.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const side = 48;

function episodeOf(classId: number, seed: number): Episode {
  const item = (number: number) => {
    const { image, mask } = discPicture(side, side, number);
    const sample = { image: `${number}.jpg`, mask: `${number}.png` };
    // A rim of void, of which the rules have a say.
    const data = mask.data.map((value, i) => (i < 4 * side ? 255 : value));
    const whole = { ...mask, data };
    return {
      sample,
      image,
      pixels: normalise(image),
      mask: whole,
      originalMask: resizeNearest(whole, { width: 30, height: 70 }),
    };
  };
  const [query, support] = [item(seed), item(seed + 1)];
  const plan = { index: 0, classId, className: `class ${classId}`, query: query.sample, supports: [support.sample] };
  return { plan, query, supports: [support] };
}

const episodes = [episodeOf(4, 1), episodeOf(2, 2), episodeOf(4, 3)];

describe('a meter of episodes', () => {
  const engine = useEngine('wasm');
  const open = () => undecidedModel(engine(), side);
  async function* all(): AsyncGenerator<Episode> {
    yield* episodes;
  }

  test('counts what a score counts, and its counts may be added', async () => {
    using model = open();
    const options = { model, weights: 'w', classes: [4, 2, 9] };
    const whole = new EpisodeMeter(options);
    const score = new SegmentationScore();
    const finished = await evaluate(whole, all(), {
      onEpisode({ episode, prediction, truth, counts }) {
        expect(truth).toBe(episode.query.mask);
        expect(counts).toEqual(overlapOf(prediction, truth.data));
        score.add(episode.plan.classId, prediction, truth.data);
      },
    });
    expect(finished).toBe(true);
    expect(whole.score.toJSON()).toEqual(score.toJSON());
    expect(whole.figures()).toEqual({ miou: score.miou, fb_iou: score.fbIou });
    expect(score.miou).toBeGreaterThan(0);
    // Class 9 has no episode, and no part in the mean.
    expect(whole.counts).toHaveLength(15);
    expect([whole.counts[4], whole.counts[9], whole.counts[14]]).toEqual([1, 2, 0]);

    const parts = [new EpisodeMeter(options), new EpisodeMeter(options)] as const;
    for (const [i, episode] of episodes.entries()) await parts[i === 1 ? 1 : 0].add(episode);
    const [first, second] = parts;
    for (const [i, count] of second.counts.entries()) first.counts[i] = (first.counts[i] ?? 0) + count;
    expect(first.counts).toEqual(whole.counts);
    expect(first.figures()).toEqual(whole.figures());
  });

  test('compares as the rules say', async () => {
    using model = open();
    const rules = { ...publishedRules, scoreSize: 'original', void: 'background' } as const;
    const meter = new EpisodeMeter({ model, weights: 'w', classes: [4], rules });
    const { truth, prediction } = await meter.add(episodeOf(4, 1));
    expect([truth.width, truth.height, prediction.length]).toEqual([30, 70, 30 * 70]);
    expect(new Set(truth.data)).toEqual(new Set([0, 1]));
  });

  test('stops before the next episode, and knows only the classes that it is told of', async () => {
    using model = open();
    const meter = new EpisodeMeter({ model, weights: 'w', classes: [4] });
    let asked = 0;
    expect(await evaluate(meter, all(), { stop: () => (asked += 1) > 1 })).toBe(false);
    expect(meter.score.episodes).toBe(1);
    await expect(evaluate(meter, all())).rejects.toThrow('[EpisodeMeter] there are no counts for class 2');
  });
});
