import { normalise, type Episode } from '@hypercorr/datasets';
import type { TableCard } from '@hypercorr/train';
import { describe, expect, test } from 'vitest';
import { Baselines, FewShotMeter, episodeIou, episodePicture, fewShotFigures } from '../../src/index.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { discPicture } from '../support/disc-picture.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const side = 48;

function episodeOf(classId: number, seed: number): Episode {
  const item = (number: number) => {
    const { image, mask } = discPicture(side, side, number);
    const sample = { image: `${number}.jpg`, mask: `${number}.png` };
    return { sample, image, pixels: normalise(image), mask };
  };
  const [query, support] = [item(seed), item(seed + 1)];
  const className = `class ${classId}`;
  return {
    plan: { index: 0, classId, className, query: query.sample, supports: [support.sample] },
    query,
    supports: [support],
  };
}

const classes = [
  { id: 2, name: 'class 2' },
  { id: 4, name: 'class 4' },
  { id: 9, name: 'never scored' },
];

const titled = (cards: ReturnType<FewShotMeter['cards']>, title: string): TableCard => {
  const card = cards.find((each) => each.title === title);
  if (card?.kind !== 'table') throw new Error(`there is no table ${title}`);
  return card;
};

describe('the few-shot meter', () => {
  const engine = useEngine('wasm');

  test('gives the report the baselines, the classes with the best first, and the first episode of each class', async () => {
    using model = undecidedModel(engine(), side);
    const baselines = new Baselines();
    const meter = new FewShotMeter({ model, weights: 'w', classes, baselines });
    for (const episode of [episodeOf(4, 1), episodeOf(2, 2), episodeOf(4, 3)]) await meter.add(episode);

    const { miou, fbIou } = meter.score;
    expect(meter.figures()).toEqual({ miou, fb_iou: fbIou });
    expect(Object.keys(meter.figures())).toContain(fewShotFigures.best.figure);
    expect(Object.keys(fewShotFigures.labels)).toEqual(Object.keys(meter.figures()));

    const cards = meter.cards();
    expect(cards.map(({ title }) => title)).toEqual(['Beside the baselines', 'Classes', 'Examples']);
    const beside = titled(cards, 'Beside the baselines');
    expect(beside.own).toBe(0);
    expect(beside.columns.map(({ title }) => title)).toEqual(['', 'mIoU', 'FB-IoU', '']);
    expect(beside.rows).toEqual([
      ['HSNet', miou, fbIou, 'this model'],
      ...baselines.results().map(({ name, score, setting }) => [name, score.miou, score.fbIou, setting]),
    ]);
    expect(beside.rows).toHaveLength(5);

    const { rows } = titled(cards, 'Classes');
    const ious = rows.map(([, , iou]) => Number(iou));
    expect(ious).toEqual(ious.toSorted((a, b) => b - a));
    // A bar is as long as the figure beside it. Classes without an episode have no row.
    expect(rows.map(([, , iou, bar]) => bar === iou)).toEqual([true, true]);
    expect(new Map(rows.map(([name, episodes]) => [name, episodes]))).toEqual(
      new Map([
        ['class 4', 2],
        ['class 2', 1],
      ]),
    );

    const examples = cards[2];
    if (examples?.kind !== 'pictures') throw new Error('there are no pictures');
    expect(examples.pictures.map(({ name }) => name)).toEqual(['class 4', 'class 2']);
    const [first] = examples.pictures;
    expect(first?.caption).toMatch(/^class 4, IoU \d+\.\d$/);
    // Class 4's first episode, not its second.
    expect(first?.panels.map(({ title, image }) => [title, image])).toEqual([
      ['support', discPicture(side, side, 2).image],
      ...['query', 'truth', 'prediction'].map((title) => [title, discPicture(side, side, 1).image]),
    ]);
  });

  test('shows no table of baselines that nobody asked for', async () => {
    using model = undecidedModel(engine(), side);
    const meter = new FewShotMeter({ model, weights: 'w', classes });
    await meter.add(episodeOf(2, 2));
    expect(titled(meter.cards(), 'Beside the baselines').rows).toEqual([]);
    expect(titled(meter.cards(), 'Classes').rows).toHaveLength(1);
  });

  test('its counts may be added', async () => {
    using model = undecidedModel(engine(), side);
    const open = () => new FewShotMeter({ model, weights: 'w', classes });
    const [whole, first, second] = [open(), open(), open()];
    for (const [i, episode] of [episodeOf(4, 1), episodeOf(2, 2)].entries())
      for (const meter of [whole, i === 0 ? first : second]) await meter.add(episode);
    for (const [i, count] of second.counts.entries()) first.counts[i] = (first.counts[i] ?? 0) + count;
    expect(first.figures()).toEqual(whole.figures());
    expect(first.classRows()).toEqual(whole.classRows());
  });
});

test('an episode is shown by its first support, the query, the truth and the prediction', () => {
  const { image, mask: truth } = discPicture(side, side, 1);
  const support = discPicture(side, side, 2);
  const prediction = { ...truth, data: truth.data.map((value, i) => (i < (side * side) / 2 ? value : 0)) };
  const supports = [1, 2, 3].map((number) => ({ image: `${number}.jpg`, mask: `${number}.png` }));
  const picture = episodePicture({
    plan: { className: 'disc', supports },
    support,
    query: image,
    truth,
    prediction,
  });
  expect(picture).toEqual({
    name: 'disc',
    caption: `disc, IoU ${episodeIou(prediction.data, truth.data).toFixed(1)}`,
    panels: [
      { title: 'support', detail: '1 of 3', image: support.image, mask: support.mask },
      { title: 'query', image },
      { title: 'truth', image, mask: truth },
      { title: 'prediction', image, mask: prediction },
    ],
  });
});
