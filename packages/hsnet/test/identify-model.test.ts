import { FormatError } from '@hypercorr/tensor';
import { ResNet, backboneNames, backboneTaps, createBackbone, type FeatureProvider } from '@hypercorr/vision';
import { describe, expect, it } from 'vitest';
import { HPNLearner, identifyModel, kernelNames, pyramidTaps, tapCounts } from '../src/index.ts';

const entriesOf = (learner: HPNLearner, prefix: string) =>
  new Map(Object.entries(learner.stateDict()).map(([name, tensor]) => [prefix + name, tensor]));

describe('a checkpoint tells by names and shapes', () => {
  // A ResNet-34 has a test of its own, below. `mobilenet_v2` has as many taps as `mobilenetv2`.
  const told = backboneNames.filter((name) => name !== 'resnet34' && name !== 'mobilenet_v2');
  const models = told.flatMap((backbone) => kernelNames.map((kernel) => ({ backbone, kernel })));

  it.each(models)('that it is $backbone, $kernel', ({ backbone, kernel }) => {
    using learner = new HPNLearner({ taps: tapCounts(pyramidTaps(backboneTaps[backbone])), kernel, key: null });
    expect(identifyModel(entriesOf(learner, 'hpn_learner.'))).toEqual({ backbone, kernel });
    for (const prefix of ['module.', '_orig_mod.', 'module._orig_mod.', 'model.net.'])
      expect(identifyModel(entriesOf(learner, `${prefix}hpn_learner.`))).toEqual({ backbone, kernel });
  });

  it('nothing, if it is of no backbone that is known, or of no HSNet', () => {
    using learner = new HPNLearner({ taps: { shallow: 1, middle: 1, deep: 1 }, key: null });
    expect(identifyModel(entriesOf(learner, 'hpn_learner.'))).toBeUndefined();
    expect(identifyModel(entriesOf(learner, 'other.'))).toBeUndefined();
    expect(identifyModel(new Map())).toBeUndefined();
  });
});

describe('the backbone in a checkpoint', () => {
  const identifyWith = (backbone: FeatureProvider, wrapper = '') => {
    using learner = new HPNLearner({ taps: tapCounts(pyramidTaps(backbone.taps)), key: null });
    const weights = Object.entries(backbone.stateDict()).map(
      ([name, tensor]) => [`${wrapper}backbone.${name}`, tensor] as const,
    );
    const entries = new Map([...entriesOf(learner, `${wrapper}hpn_learner.`), ...weights]);
    return identifyModel(entries, { source: 'best.pt' });
  };

  it.each(['tiny', 'resnet50'] as const)('is taken for itself: %s', (name) => {
    using backbone = createBackbone(name, { key: null });
    expect(identifyWith(backbone, 'module.')).toEqual({ backbone: name, kernel: 'center-pivot' });
  });

  it('is told by its own tensors, where its taps are as many as those of another: ResNet-34', () => {
    using resnet34 = createBackbone('resnet34', { key: null });
    expect(tapCounts(pyramidTaps(resnet34.taps))).toEqual(tapCounts(pyramidTaps(backboneTaps.resnet50)));
    expect(identifyWith(resnet34)).toMatchObject({ backbone: 'resnet34' });
    // Only the learner: no ResNet-34 was ever published with one.
    using learner = new HPNLearner({ taps: tapCounts(pyramidTaps(resnet34.taps)), key: null });
    expect(identifyModel(entriesOf(learner, 'hpn_learner.'))).toMatchObject({ backbone: 'resnet50' });
  });

  it('is refused by name, where HSNet does not run on it: a ResNet-152', () => {
    using resnet152 = new ResNet({ block: 'bottleneck', blocks: [3, 8, 36, 3], key: null });
    expect(() => identifyWith(resnet152)).toThrow(FormatError);
    expect(() => identifyWith(resnet152)).toThrow(
      '[identifyModel] best.pt has a backbone that looks like resnet152; HSNet runs on vgg16, resnet18, resnet34, resnet50,',
    );
  });

  it('is refused by name, where its stem is another: as dilated networks have it', () => {
    using deep = new ResNet({ block: 'bottleneck', blocks: [3, 4, 6, 3], stem: 'deep', key: null });
    expect(() => identifyWith(deep, 'module.')).toThrow('looks like resnet50 with a deep stem;');
  });
});
