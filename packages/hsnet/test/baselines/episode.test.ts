import { normalise } from '@hypercorr/datasets';
import { init, key } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { expect, test } from 'vitest';
import { Baselines, HSNet } from '../../src/index.ts';
import { discPicture } from '../support/disc-picture.ts';

test('an episode is scored with the features of the model’s own backbone, and leaves no tensor behind', async () => {
  const engine = await init(wasm({ threads: 1 }));
  const model = new HSNet({ backbone: 'tiny', key: key(5) });
  model.eval();
  const sample = { image: 'disc.png', mask: 'disc-mask.png' };
  const itemOf = (picture: ReturnType<typeof discPicture>) => ({
    sample,
    ...picture,
    pixels: normalise(picture.image),
  });
  const [query, support] = [itemOf(discPicture(48, 48, 1)), itemOf(discPicture(48, 48, 4))];
  const plan = { index: 0, classId: 2, className: 'disc', query: sample, supports: [sample] };
  const baselines = new Baselines();
  await baselines.addEpisode({ plan, query, supports: [support] }, model);
  // Folded weights are made once, and stay with the backbone.
  const { tensors } = engine.memory();
  await baselines.addEpisode({ plan, query, supports: [support] }, model);
  expect(engine.memory().tensors).toBe(tensors);

  const results = Object.fromEntries(baselines.results().map(({ name, score }) => [name, score]));
  expect(Object.values(results).map(({ episodes }) => episodes)).toEqual([2, 2, 2, 2]);
  const share = (100 * query.mask.data.reduce((sum, index) => sum + index, 0)) / query.mask.data.length;
  expect(results['everything foreground']?.miou).toBeCloseTo(share, 9);
  // The disc has a colour of its own; so even random features tell it from the ground better than nothing does.
  expect(results['colour similarity']?.miou).toBeGreaterThan(95);
  expect(results['feature similarity']?.miou).toBeGreaterThan(share + 10);
  await engine.dispose();
});
