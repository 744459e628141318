import type { Dataset } from '@hypercorr/datasets';
import { expect, test } from 'vitest';
import { protocolOn } from '../src/commands/eval/plans.ts';
import { resolveProtocol } from '../src/commands/eval/protocol-settings.ts';

test("the published sampler's name is its seed's", () => {
  expect(resolveProtocol({ protocol: 'hypercorr', sampler: 'numpy-legacy-0' }, 'pascal')).toMatchObject({
    sampler: 'numpy-legacy',
    changed: ['sampler'],
  });
  expect(resolveProtocol({ sampler: 'numpy-legacy-0' }, 'pascal')).toEqual(resolveProtocol({}, 'pascal'));
});

test('the other options are parts of the protocol', () => {
  expect(
    resolveProtocol({ protocol: 'hsnet', void: 'background', vote: 'majority', scoreSize: 'original' }, 'coco'),
  ).toMatchObject({
    name: 'hsnet',
    void: 'background',
    vote: 'majority',
    scoreSize: 'original',
    changed: ['scoreSize', 'void', 'vote'],
  });
});

/** As many pairs as the four folds of PASCAL-5i have in their published lists. */
const samples = Array.from({ length: 1868 }, (_, i) => ({ image: `${i}.jpg`, mask: `${i}.png` }));
const pascal: Dataset = { name: 'pascal', root: '.', classes: [{ id: 0, name: 'all', samples }] };

test('models of other data are scored on every pair, where nobody says which fold or how many episodes', () => {
  const protocol = resolveProtocol({}, 'pascal');
  const trainedOn = (benchmark: string, fold: number) => ({
    benchmark,
    fold,
    classes: [],
    validationClasses: [],
    shots: 1,
    seed: 0,
    step: 1,
    nextEpisode: 1,
  });
  const said: string[] = [];
  const log = { say: (text: string) => said.push(text) };
  const asked = { benchmark: 'pascal', fold: undefined };
  for (const training of [undefined, trainedOn('coco', 0)]) {
    expect(protocolOn(pascal, asked, { protocol, training, log })).toMatchObject({
      episodes: undefined,
      changed: ['episodes'],
    });
  }
  expect(said).toEqual(
    Array(2).fill(
      'every image is the query once, 1868 episodes: the usual 1000, which are for one fold, would not reach all of them',
    ),
  );
  const training = trainedOn('coco', 0);
  for (const settings of [
    { ...asked, fold: 0 },
    { ...asked, episodes: 1000 },
    { ...asked, episodesFrom: 'e.jsonl' },
  ]) {
    expect(protocolOn(pascal, settings, { protocol, training, log })).toBe(protocol);
  }
  expect(protocolOn(pascal, asked, { protocol, training: trainedOn('pascal', 0), log })).toBe(protocol);
  expect(said).toHaveLength(2);
});
