import { parseSafetensors, serialiseTensors, type StateDict } from '@hypercorr/nn';
import { FormatError, ShapeError, key, ones, readSync, reshape, scope, zeros } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { loadBackboneWeights } from '@hypercorr/vision';
import { HSNet, loadCheckpoint } from '../src/index.ts';
import { describeLoaded } from '../src/load-model.ts';
import { useEngine } from '../../vision/test/support/engines.ts';
import { norm } from '../../vision/test/support/fixtures.ts';

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
    expect(loaded).toEqual({
      holds: 'model',
      ignored: ['backbone.fc.weight', 'backbone.fc.bias'],
      prefix: 'module.',
      leftOut: [],
    });
  });
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test.each(['_orig_mod.', 'module._orig_mod.', 'model.', 'net.model.'])(
  'a checkpoint with %s in front loads',
  (prefix) => {
    using source = tiny(1);
    using model = tiny(2);
    scope(() => {
      const counter = zeros([1], { engine: engine() });
      const state = {
        ...renamed(source.stateDict(), (name) => prefix + name),
        [`${prefix}total_ops`]: counter,
        [`${prefix}backbone.conv1.total_params`]: counter,
        'loss.weight': counter,
      };
      const loaded = loadCheckpoint(model, state);
      expect(loaded).toEqual({
        holds: 'model',
        ignored: [],
        prefix,
        leftOut: ['loss.weight', 'total_ops', 'backbone.conv1.total_params'],
      });
      expect(describeLoaded('a.pt', loaded, ['epoch'])).toEqual([
        `a.pt: names are read without "${prefix}" in front`,
        'a.pt: left out 4 entries that the model has no place for: "loss.weight", …',
      ]);
    });
    expect(fingerprint(model)).toEqual(fingerprint(source));
  },
);

test('a checkpoint of a run loads, without the state of its optimiser', () => {
  using source = tiny(1);
  using model = tiny(2);
  scope(() => {
    const memory = Object.entries(source.stateDict()).map(([name, tensor]) => [`optimizer.mean.${name}`, tensor]);
    const step = zeros([], { dtype: 'int32', engine: engine() });
    const state = { ...source.stateDict(), 'optimizer.step': step };
    expect(loadCheckpoint(model, { ...state, ...Object.fromEntries(memory) }).ignored).toHaveLength(memory.length + 1);
    expect(loadCheckpoint(model, state)).toMatchObject({ holds: 'model', ignored: ['optimizer.step'], prefix: '' });
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
      model.backbone,
      Object.fromEntries(backbone.map(([name, tensor]) => [name.slice('backbone.'.length), tensor])),
    );
  });
  expect(fingerprint(model)).toEqual(fingerprint(source));
});

test('the learner alone leaves the backbone as it is', () => {
  using source = tiny(1);
  using model = tiny(2);
  const before = fingerprint(model);
  expect(loadCheckpoint(model, only(source.stateDict(), 'hpn_learner.'))).toMatchObject({
    holds: 'learner',
    ignored: [],
  });
  const wanted = Object.entries({ ...before, ...fingerprint(source) }).map(([name, sum]) => [
    name,
    name.startsWith('backbone.') ? before[name] : sum,
  ]);
  expect(fingerprint(model)).toEqual(Object.fromEntries(wanted));
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
      "[loadCheckpoint] there is no tensor hpn_learner.…; got conv1.weight, …; a backbone's weights alone are no model: give them as the backbone's weights",
    );
    expect(() => loadCheckpoint(model, {})).toThrow('got none');
  });
});
