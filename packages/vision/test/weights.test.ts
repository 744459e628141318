import { type StateDict } from '@hypercorr/nn';
import { FormatError, ShapeError, key, ones, readSync, scope, zeros } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import {
  ResNet,
  backboneNames,
  createBackbone,
  identifyBackbone,
  isBackboneName,
  loadBackboneWeights,
  unwrapNames,
  type FeatureProvider,
} from '../src/index.ts';
import { useEngine } from './support/engines.ts';
import { norm } from './support/fixtures.ts';

const engine = useEngine('reference');

const tiny = (seed: number | null) =>
  createBackbone('tiny', { key: seed === null ? null : key(seed), engine: engine() });

/** √Σx² of every tensor: enough to see which of them changed. */
const fingerprint = (backbone: FeatureProvider): Record<string, number> =>
  Object.fromEntries(Object.entries(backbone.stateDict()).map(([name, tensor]) => [name, norm(readSync(tensor))]));

describe('weights of a backbone', () => {
  test('load under the names of torchvision and timm, without the classifier', () => {
    using source = tiny(1);
    using backbone = tiny(2);
    scope(() => {
      const classifiers = ['fc.weight', 'classifier.0.bias', 'pre_logits.fc1.weight', 'head.fc.bias'];
      const { ignored } = loadBackboneWeights(backbone, {
        ...source.stateDict(),
        ...Object.fromEntries(classifiers.map((name) => [name, ones([2], { engine: engine() })])),
      });
      expect(ignored).toEqual(classifiers);
    });
    expect(fingerprint(backbone)).toEqual(fingerprint(source));
  });

  test('load with the prefix of data-parallel training, and with counters of the shape [1]', () => {
    using source = tiny(1);
    using backbone = tiny(2);
    scope(() => {
      const state: StateDict = Object.fromEntries(
        Object.entries(source.stateDict()).map(([name, tensor]) => [
          `module.${name}`,
          name.endsWith('num_batches_tracked') ? zeros([1], { dtype: 'int32', engine: engine() }) : tensor,
        ]),
      );
      expect(loadBackboneWeights(backbone, state)).toEqual({ ignored: [], prefix: 'module.', leftOut: [] });
    });
    expect(fingerprint(backbone)).toEqual(fingerprint(source));
  });

  test.each([
    '_orig_mod.',
    'module._orig_mod.',
    'model.',
    'net.',
    'state_dict.',
    'module.encoder_q.',
    'module.backbone.',
  ])('load with %s in front, without what has another prefix', (prefix) => {
    using source = tiny(1);
    using backbone = tiny(2);
    scope(() => {
      const one = zeros([1], { engine: engine() });
      const named = Object.entries(source.stateDict()).map(([name, tensor]) => [prefix + name, tensor] as const);
      const state = { ...Object.fromEntries(named), [`${prefix}fc.weight`]: one, queue: one, 'head.0.weight': one };
      expect(loadBackboneWeights(backbone, state)).toEqual({
        ignored: ['fc.weight'],
        prefix,
        leftOut: ['queue', 'head.0.weight'],
      });
    });
    expect(fingerprint(backbone)).toEqual(fingerprint(source));
  });

  test('load without the counters of a profiler, and of batch norms that the backbone does not have', () => {
    using source = tiny(1);
    using backbone = tiny(2);
    scope(() => {
      const counters = ['total_ops', 'layer1.0.conv1.total_params', 'layer1.0.num_batches_tracked'];
      const one = ones([1], { engine: engine() });
      const state = { ...source.stateDict(), ...Object.fromEntries(counters.map((name) => [name, one])) };
      expect(loadBackboneWeights(backbone, state).leftOut).toEqual(counters);
    });
    expect(fingerprint(backbone)).toEqual(fingerprint(source));
  });

  test('of a query encoder are taken, not those of its momentum copy', () => {
    using source = tiny(1);
    using copy = tiny(3);
    using backbone = tiny(2);
    const under = (prefix: string, state: StateDict) =>
      Object.fromEntries(Object.entries(state).map(([name, tensor]) => [prefix + name, tensor]));
    const count = Object.keys(source.stateDict()).length;
    scope(() => {
      const both = {
        ...under('module.encoder_k.', copy.stateDict()),
        ...under('module.encoder_q.', source.stateDict()),
      };
      expect(loadBackboneWeights(backbone, both).leftOut).toHaveLength(count);
      const twice = { ...under('a.', copy.stateDict()), ...under('b.', source.stateDict()) };
      expect(() => loadBackboneWeights(backbone, twice)).toThrow(
        '[weights] the state holds the network 2 times, under a., b.; keep the names of one of them',
      );
    });
    expect(fingerprint(backbone)).toEqual(fingerprint(source));
  });

  test('that do not fit are listed at once, and change nothing', () => {
    using backbone = tiny(2);
    const before = fingerprint(backbone);
    scope(() => {
      const load = () => loadBackboneWeights(backbone, { 'conv1.weight': ones([1], { engine: engine() }) });
      expect(load).toThrow(/missing: bn1\.weight, .*conv1\.weight is float32 \[1\]/);
      const misshaped = { ...backbone.stateDict(), 'bn1.weight': ones([5], { engine: engine() }) };
      expect(() => loadBackboneWeights(backbone, misshaped)).toThrow(ShapeError);
    });
    expect(fingerprint(backbone)).toEqual(before);
  });
});

/** A state with the shapes of some layers. */
const shapes = (entries: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(entries).map(([name, shape]) => [name, { shape }]));

/** The third stage of a ResNet: blocks, and the shapes of the first two convolutions of each. */
const thirdStage = (blocks: number, first: readonly number[], second: readonly number[]) =>
  shapes(
    Object.fromEntries(
      Array.from({ length: blocks }, (_, i) => [
        [`layer3.${i}.conv1.weight`, first] as const,
        [`layer3.${i}.conv2.weight`, second] as const,
      ]).flat(),
    ),
  );

describe('a network is told by names and shapes', () => {
  test.each(backboneNames)('the backbone %s', (name) => {
    using backbone = createBackbone(name, { key: null, engine: engine() });
    const names = Object.keys(backbone.stateDict());
    expect(
      unwrapNames(
        names.map((each) => `net.${each}`),
        isBackboneName,
      ),
    ).toEqual({ prefix: 'net.', names, outside: [] });
    expect(identifyBackbone(backbone.stateDict())).toBe(name);
  });

  test.each([
    ['resnet152', { block: 'bottleneck', blocks: [3, 8, 36, 3] }],
    ['resnet50 with a deep stem', { block: 'bottleneck', blocks: [3, 4, 6, 3], stem: 'deep' }],
    ['resnet101 with a deep stem', { block: 'bottleneck', blocks: [3, 4, 23, 3], stem: 'deep', outputStride: 8 }],
  ] as const)('%s', (name, options) => {
    using backbone = new ResNet({ ...options, key: null, engine: engine() });
    expect(identifyBackbone(backbone.stateDict())).toBe(name);
  });

  test.each([
    ['resnet152', thirdStage(36, [256, 512, 1, 1], [256, 256, 3, 3])],
    ['resnext50_32x4d', thirdStage(6, [512, 512, 1, 1], [512, 16, 3, 3])],
    ['resnext101_32x8d', thirdStage(23, [1024, 512, 1, 1], [1024, 32, 3, 3])],
    ['resnext101_64x4d', thirdStage(23, [1024, 512, 1, 1], [1024, 16, 3, 3])],
    ['wide_resnet50_2', thirdStage(6, [512, 512, 1, 1], [512, 512, 3, 3])],
    ['wide_resnet101_2', thirdStage(23, [512, 512, 1, 1], [512, 512, 3, 3])],
    [
      'resnet50 with a deep stem',
      { ...thirdStage(6, [256, 512, 1, 1], [256, 256, 3, 3]), ...shapes({ 'conv1.6.weight': [64, 32, 3, 3] }) },
    ],
    [
      'vgg19',
      shapes(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`features.${i}.weight`, [64, 3, 3, 3]]))),
    ],
    [
      'alexnet',
      shapes(Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`features.${i}.weight`, [64, 3, 3, 3]]))),
    ],
    [
      'vgg16_bn',
      shapes({
        ...Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`features.${i}.weight`, [64, 3, 3, 3]])),
        'features.1.running_mean': [64],
      }),
    ],
    ['a DenseNet', shapes({ 'features.denseblock4.denselayer1.conv1.weight': [128, 512, 1, 1] })],
    ['mobilenet_v2', shapes({ 'features.1.conv.0.0.weight': [32, 1, 3, 3] })],
  ])('%s', (name, state) => {
    expect(identifyBackbone(state)).toBe(name);
  });

  test('nothing that is not known', () => {
    expect(identifyBackbone({})).toBeUndefined();
    expect(identifyBackbone(thirdStage(7, [256, 512, 1, 1], [256, 256, 3, 3]))).toBeUndefined();
  });

  test.each([
    [
      'resnet152',
      { block: 'bottleneck', blocks: [3, 8, 36, 3] },
      'backbones are vgg16, resnet18, resnet34, resnet50, resnet101, mobilenetv2, mobilenet_v2, tiny',
    ],
    ['resnet50', { block: 'bottleneck', blocks: [3, 4, 6, 3] }, 'a model with backbone resnet50 takes them'],
  ] as const)('and refused by that name: %s', (name, options, remedy) => {
    using other = new ResNet({ ...options, key: null, engine: engine() });
    using backbone = tiny(null);
    const load = () => loadBackboneWeights(backbone, other.stateDict());
    expect(load).toThrow(FormatError);
    expect(load).toThrow(
      `[loadBackboneWeights] these look like weights of another network: ${name}, and the backbone is tiny; ${remedy}`,
    );
  });

  test('and taken by a dilated network of that name, but not by one with another stem', () => {
    const make = (options: object) =>
      new ResNet({ block: 'bottleneck', blocks: [3, 4, 6, 3], key: null, engine: engine(), ...options });
    using plain = make({});
    using dilated = make({ outputStride: 8 });
    using deep = make({ stem: 'deep' });
    expect(loadBackboneWeights(dilated, plain.stateDict())).toEqual({ ignored: [], prefix: '', leftOut: [] });
    expect(() => loadBackboneWeights(deep, plain.stateDict())).toThrow(
      'these look like weights of another network: resnet50, and the backbone is resnet50 with a deep stem',
    );
  });
});
