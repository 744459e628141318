import { parseSafetensors, serialiseTensors, type StateDict } from '@hypercorr/nn';
import { FormatError, ShapeError, key, ones, readSync, reshape, scope, zeros } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { identifyBackbone } from '../src/backbones/identify-backbone.ts';
import { HSNet, backboneNames, loadBackboneWeights, loadCheckpoint } from '../src/index.ts';
import { useEngine } from './support/engines.ts';
import { norm } from './support/fixtures.ts';

const engine = useEngine('reference');

const tiny = (seed: number | null) =>
  new HSNet({ backbone: 'tiny', key: seed === null ? null : key(seed), engine: engine() });

/** A state under other names. */
const renamed = (state: StateDict, rename: (name: string) => string): StateDict =>
  Object.fromEntries(Object.entries(state).map(([name, tensor]) => [rename(name), tensor]));

const only = (state: StateDict, prefix: string): StateDict =>
  Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith(prefix)));

/** √Σx² of every tensor of a model: enough to see which of them changed. */
const fingerprint = (model: HSNet): Record<string, number> =>
  Object.fromEntries(Object.entries(model.stateDict()).map(([name, tensor]) => [name, norm(readSync(tensor))]));

test('a published checkpoint loads: names of the wrapper, the classifier of the backbone', () => {
  using source = tiny(1);
  using model = tiny(2);
  scope(() => {
    const published = renamed(source.stateDict(), (name) => `module.${name}`);
    const classifier = {
      'module.backbone.fc.weight': zeros([10, 4], { engine: engine() }),
      'module.backbone.fc.bias': zeros([10], { engine: engine() }),
    };
    const loaded = loadCheckpoint(model, { ...published, ...classifier });
    expect(loaded).toEqual({ holds: 'model', ignored: ['backbone.fc.weight', 'backbone.fc.bias'] });
  });
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test('a checkpoint of a run loads, without the state of its optimiser', () => {
  using source = tiny(1);
  using model = tiny(2);
  scope(() => {
    const state = { ...source.stateDict(), 'optimizer.step': zeros([], { dtype: 'int32', engine: engine() }) };
    expect(loadCheckpoint(model, state)).toEqual({ holds: 'model', ignored: ['optimizer.step'] });
  });
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test('counters may have the shape [1], as some writers leave scalars', () => {
  using source = tiny(1);
  using model = tiny(2);
  scope(() => {
    const counters = Object.entries(source.stateDict()).filter(([, { shape }]) => shape.length === 0);
    expect(counters.length).toBeGreaterThan(0);
    const state = {
      ...source.stateDict(),
      ...Object.fromEntries(counters.map(([name, tensor]) => [name, reshape(tensor, [1])])),
    };
    loadCheckpoint(model, state);
    const backbone = Object.entries(state).filter(([name]) => name.startsWith('backbone.'));
    loadBackboneWeights(
      model,
      Object.fromEntries(backbone.map(([name, tensor]) => [name.slice('backbone.'.length), tensor])),
    );
  });
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test('the learner alone leaves the backbone as it is', () => {
  using source = tiny(1);
  using model = tiny(2);
  const before = fingerprint(model);
  expect(loadCheckpoint(model, only(source.stateDict(), 'hpn_learner.'))).toEqual({ holds: 'learner', ignored: [] });
  const wanted = Object.entries({ ...before, ...fingerprint(source) }).map(([name, sum]) => [
    name,
    name.startsWith('backbone.') ? before[name] : sum,
  ]);
  expect(fingerprint(model)).toEqual(Object.fromEntries(wanted));
});

test("a backbone's weights load under the names of torchvision and timm, without the classifier", () => {
  using source = tiny(1);
  using model = tiny(2);
  scope(() => {
    const backbone = renamed(only(source.stateDict(), 'backbone.'), (name) => name.slice('backbone.'.length));
    const classifiers = ['fc.weight', 'classifier.0.bias', 'pre_logits.fc1.weight', 'head.fc.bias'];
    const { ignored } = loadBackboneWeights(model, {
      ...backbone,
      ...Object.fromEntries(classifiers.map((name) => [name, ones([2], { engine: engine() })])),
    });
    expect(ignored).toEqual(classifiers);
  });
  const backboneOf = (each: HSNet) =>
    Object.entries(fingerprint(each)).filter(([name]) => name.startsWith('backbone.'));
  expect(backboneOf(model)).toEqual(backboneOf(source));
});

test('a state goes through a file and back, bit for bit', async () => {
  using source = tiny(1);
  using model = tiny(null);
  const bytes = await serialiseTensors(source.stateDict());
  scope(() => void loadCheckpoint(model, parseSafetensors(bytes).tensors({ engine: engine() })));
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test('what does not fit is listed at once, and changes nothing', () => {
  using source = tiny(1);
  using model = tiny(2);
  const before = fingerprint(model);
  scope(() => {
    const state = source.stateDict();
    const missing = 'hpn_learner.decoder2.2.bias';
    const { [missing]: _left, ...partial } = state;
    const strange = { 'hpn_learner.decoder3.0.bias': ones([2], { engine: engine() }) };
    expect(() => loadCheckpoint(model, { ...partial, ...strange })).toThrow(FormatError);
    expect(() => loadCheckpoint(model, { ...partial, ...strange })).toThrow(
      `missing: ${missing}; unexpected: hpn_learner.decoder3.0.bias`,
    );

    const misshaped = { ...state, 'backbone.bn1.weight': ones([5], { engine: engine() }) };
    expect(() => loadCheckpoint(model, misshaped)).toThrow(ShapeError);
    expect(() => loadCheckpoint(model, misshaped)).toThrow(
      /backbone\.bn1\.weight is float32 \[5\], expected float32 \[16\]/,
    );

    expect(() => loadBackboneWeights(model, { 'conv1.weight': ones([1], { engine: engine() }) })).toThrow(
      /missing: bn1\.weight, .*conv1\.weight is float32 \[1\]/,
    );
  });
  expect(fingerprint(model)).toEqual(before);
});

test('a learner with another kernel, or for another backbone, does not load', () => {
  using full = new HSNet({ backbone: 'tiny', kernel: 'full', key: null, engine: engine() });
  using model = tiny(null);
  expect(() => loadCheckpoint(model, full.stateDict())).toThrow(
    /missing: .*encoder_layer4\.0\.conv1\.weight.*unexpected: .*encoder_layer4\.0\.weight/,
  );
});

test('weights of a backbone alone, and no weights at all, are told from a checkpoint', () => {
  using model = tiny(null);
  scope(() => {
    const backbone = { 'conv1.weight': ones([1], { engine: engine() }) };
    expect(() => loadCheckpoint(model, backbone)).toThrow(
      '[loadCheckpoint] there is no tensor hpn_learner.…; got conv1.weight, …; weights of a backbone alone are loaded with loadBackboneWeights',
    );
    expect(() => loadCheckpoint(model, {})).toThrow('got none');
  });
});

test.each([
  ['resnet18', 'layer3.0.conv1.weight', 2, [256, 128, 3, 3], 'backbones are vgg16, resnet50, resnet101, tiny'],
  [
    'resnet50',
    'layer3.0.conv1.weight',
    6,
    [256, 512, 1, 1],
    'a model with backbone resnet50 takes them (--backbone resnet50)',
  ],
  ['resnet101', 'layer3.0.conv1.weight', 23, [256, 512, 1, 1], '--backbone resnet101'],
  ['vgg19', 'features.0.weight', 16, [64, 3, 3, 3], 'backbones are'],
])("another network's weights are told by name: %s", (network, first, count, shape, remedy) => {
  using model = tiny(null);
  scope(() => {
    const weight = zeros(shape as [number, number, number, number], { engine: engine() });
    const state = Object.fromEntries(Array.from({ length: count }, (_, i) => [first.replace('0', String(i)), weight]));
    const load = () => loadBackboneWeights(model, state);
    expect(load).toThrow(FormatError);
    expect(load).toThrow(`these look like weights of another network: ${network}, and the backbone is tiny; `);
    expect(load).toThrow(remedy);
  });
});

test.each(backboneNames)("a backbone's own weights are taken for its own: %s", (backbone) => {
  using model = new HSNet({ backbone, key: null, engine: engine() });
  expect(identifyBackbone(model.backbone.stateDict())).toBe(backbone);
});
