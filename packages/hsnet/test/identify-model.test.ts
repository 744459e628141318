import { describe, expect, it } from 'vitest';
import { HPNLearner, backboneNames, backboneTaps, identifyModel, kernelNames } from '../src/index.ts';

const entriesOf = (learner: HPNLearner, prefix: string) =>
  new Map(Object.entries(learner.stateDict()).map(([name, tensor]) => [prefix + name, tensor]));

describe('a checkpoint tells by names and shapes', () => {
  const models = backboneNames.flatMap((backbone) => kernelNames.map((kernel) => ({ backbone, kernel })));

  it.each(models)('that it is $backbone, $kernel', ({ backbone, kernel }) => {
    using learner = new HPNLearner({ taps: backboneTaps[backbone], kernel, key: null });
    expect(identifyModel(entriesOf(learner, 'hpn_learner.'))).toEqual({ backbone, kernel });
    expect(identifyModel(entriesOf(learner, 'module.hpn_learner.'))).toEqual({ backbone, kernel });
  });

  it('nothing, if it is of no backbone that is known, or of no HSNet', () => {
    using learner = new HPNLearner({ taps: { shallow: 1, middle: 1, deep: 1 }, key: null });
    expect(identifyModel(entriesOf(learner, 'hpn_learner.'))).toBeUndefined();
    expect(identifyModel(entriesOf(learner, 'other.'))).toBeUndefined();
    expect(identifyModel(new Map())).toBeUndefined();
  });
});
