import { expect, test } from 'vitest';
import { presets, protocolInWords, protocolNames, resolveProtocol } from '../src/protocol.ts';

const evaluated = { data: 'pascal-fold0/test', classes: '5', shots: '5', size: '400×400', seed: 0, seeds: 1 };

test('the published protocol is that of PASCAL-5i, COCO-20i and FSS-1000', () => {
  const published = { scoreSize: 'model', void: 'ignore', vote: 'published', sampler: 'numpy-legacy', minPixels: 0, name: 'hsnet', changed: [] };
  expect(resolveProtocol({}, 'pascal')).toEqual({ ...published, queries: 'in-order', episodes: 1000 });
  expect(resolveProtocol({}, 'coco')).toEqual({ ...published, queries: 'random', episodes: 1000 });
  expect(resolveProtocol({}, 'fss')).toEqual({ ...published, queries: 'in-order', episodes: undefined });
  expect(resolveProtocol({ protocol: 'hsnet-original' }, 'fss')).toEqual({ ...resolveProtocol({}, 'fss'), name: 'hsnet-original', scoreSize: 'original' });
  expect(resolveProtocol({ protocol: 'pfenet' }, 'pascal')).toMatchObject({ queries: 'in-order', episodes: 5000 });
  expect(resolveProtocol({ protocol: 'pfenet' }, 'coco')).toMatchObject({ episodes: 20_000, minPixels: 2048, scoreSize: 'original', sampler: 'hypercorr' });
});

test('data without a published protocol has every image as the query, or random ones where a number is given', () => {
  expect(resolveProtocol({}, 'folder')).toMatchObject({ name: 'hypercorr', queries: 'in-order', episodes: undefined });
  expect(resolveProtocol({ episodes: 7 }, 'folder')).toMatchObject({ queries: 'random', episodes: 7, changed: [] });
  expect(resolveProtocol({ episodes: 7, queries: 'in-order' }, 'folder')).toMatchObject({ queries: 'in-order', episodes: 7, changed: ['queries'] });
  expect(resolveProtocol({ episodes: 7 }, 'pascal')).toMatchObject({ queries: 'in-order', episodes: 7, changed: ['episodes'] });
});

test('a sentence says all of it, and what options changed', () => {
  expect(protocolInWords(resolveProtocol({}, 'pascal'), evaluated)).toBe(
    'hsnet; 1000 episodes, images in turn as the query, supports drawn by numpy-legacy-0, which may repeat them; 5 classes of pascal-fold0/test, 5-shot; ' +
      "images at 400×400, scored there, void left out; foreground from half of the image's most votes on",
  );
  const changed = resolveProtocol({ protocol: 'hsnet', void: 'background', vote: 'majority', scoreSize: 'original', minPixels: 2048 }, 'coco');
  expect(protocolInWords(changed, { ...evaluated, seed: 3, seeds: 5 })).toBe(
    'hsnet, changed in score-size, void, min-pixels, vote; random: 1000 episodes, class uniform, then image, supports drawn by numpy-legacy-3 to 7, which may repeat them; ' +
      "5 classes of pascal-fold0/test, 5-shot; images at 400×400, scored at the masks' own sizes, void as background; objects of at least 2048 pixels; " +
      'foreground from half of the shots on',
  );
  expect(protocolInWords(resolveProtocol({}, 'fss'), { ...evaluated, shots: '1', episodesFrom: 'e.jsonl' })).toContain('hsnet; the episodes of e.jsonl; 5 classes');
});

test("the published sampler's name is its seed's", () => {
  expect(resolveProtocol({ protocol: 'hypercorr', sampler: 'numpy-legacy-0' }, 'pascal')).toMatchObject({ sampler: 'numpy-legacy', changed: ['sampler'] });
  expect(resolveProtocol({ sampler: 'numpy-legacy-0' }, 'pascal')).toEqual(resolveProtocol({}, 'pascal'));
});

test('every name has a preset', () => {
  expect([...protocolNames].sort()).toEqual(Object.keys(presets).sort());
});
