import { createHash } from 'node:crypto';
import { lossAndGradients } from '@hypercorr/nn';
import {
  Engine,
  ShapeError,
  key,
  mul,
  normal,
  readSync,
  scope,
  sum,
  uniform,
  zeros,
  type Tensor,
} from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import {
  BasicBlock,
  ResNet,
  backboneNames,
  backboneTaps,
  createBackbone,
  type FeatureMap,
  type FeatureProvider,
} from '../src/index.ts';
import { useEngine } from './support/engines.ts';
import { planningBackend } from '@hypercorr/tensor/planning';

const engine = useEngine('wasm');

const images = (seed: number, height = 64, width = 96): FeatureMap =>
  uniform(key(seed), [2, 3, height, width], { engine: engine(), min: -2, max: 2 });

const namesOf = ({ taps }: FeatureProvider) => taps.map(({ name }) => name);
const bytesOf = (tensor: Tensor) => {
  const { buffer, byteOffset, byteLength } = readSync(tensor);
  return new Uint8Array(buffer, byteOffset, byteLength);
};

/** A ResNet of a few thousand parameters. */
const narrow = (on: Engine, options: Partial<ConstructorParameters<typeof ResNet>[0]> = {}) =>
  new ResNet({ block: 'bottleneck', blocks: [1, 2, 2, 1], width: 8, key: key(1), engine: on, ...options }).eval();

describe('the table of backbones', () => {
  test.each(backboneNames)('%s: every tap has the channels and the stride that it says', (name) => {
    const shapesOnly = new Engine(planningBackend(() => {}));
    using backbone = createBackbone(name, { key: null, engine: shapesOnly });
    expect(backbone.taps).toEqual(backboneTaps[name]);
    scope(() => {
      // Odd sides: a size is rounded up wherever it is halved, but for VGG-16's poolings.
      const round = name === 'vgg16' ? Math.floor : Math.ceil;
      const maps = backbone.features(zeros([1, 3, 65, 97], { engine: shapesOnly }), namesOf(backbone));
      expect(maps.map(({ shape }) => shape)).toEqual(
        backbone.taps.map(({ channels, stride }) => [1, channels, round(65 / stride), round(97 / stride)]),
      );
    });
  });

  test('the first taps of stage 1, before and after the ReLU', () => {
    expect(backboneTaps.resnet50.slice(0, 2)).toEqual([
      { name: 'layer1.0', channels: 256, stride: 4, rectified: false },
      { name: 'layer1.0.relu', channels: 256, stride: 4, rectified: true },
    ]);
    expect(backboneTaps.vgg16.slice(3, 6)).toEqual([
      { name: 'features.3', channels: 64, stride: 1, rectified: true },
      { name: 'features.4', channels: 64, stride: 2, rectified: true },
      { name: 'features.5', channels: 128, stride: 2, rectified: false },
    ]);
    expect(backboneNames.map((name) => backboneTaps[name].length)).toEqual([31, 16, 32, 32, 66, 19, 19, 12]);
  });

  test.each([
    ['vgg16', () => createBackbone('vgg16', { key: key(1), engine: engine() })],
    ['tiny', () => createBackbone('tiny', { key: key(1), engine: engine() })],
    ['a narrow ResNet', () => narrow(engine())],
  ] as const)('%s: what has passed a ReLU is not negative, and the rest is', (_, make) => {
    using backbone = make();
    scope(() => {
      const maps = backbone.features(images(2, 32, 48), namesOf(backbone));
      const least = maps.map((map) => readSync(map).reduce((a, b) => Math.min(a, b), Infinity));
      expect(least.map((value) => value >= 0)).toEqual(backbone.taps.map(({ rectified }) => rectified));
    });
  });

  test.each([
    // torchvision's counts of tensors, less the classifier's, and its first and last names.
    ['vgg16', 26, 'features.0.weight', 'features.28.bias'],
    ['resnet50', 318, 'conv1.weight', 'layer4.2.bn3.num_batches_tracked'],
    ['resnet101', 624, 'conv1.weight', 'layer4.2.bn3.num_batches_tracked'],
  ] as const)('%s has the names of torchvision', (name, count, first, last) => {
    using backbone = createBackbone(name, { key: null, engine: engine() });
    const names = Object.keys(backbone.stateDict());
    expect([names.length, names[0], names.at(-1)]).toEqual([count, first, last]);
  });

  test('a key draws the weights that it always drew', () => {
    // Whoever trained from a seed has to get the same weights again.
    const hash = (backbone: FeatureProvider) => {
      const digest = createHash('sha256');
      for (const [name, tensor] of Object.entries(backbone.stateDict())) digest.update(name).update(bytesOf(tensor));
      return digest.digest('hex').slice(0, 16);
    };
    using tiny = createBackbone('tiny', { key: key(7), engine: engine() });
    using bottlenecks = narrow(engine(), { key: key(7), width: 64, blocks: [1, 1, 1, 1] });
    expect([hash(tiny), hash(bottlenecks)]).toEqual(['318a4686b3bbb14d', 'fa7cd8dedb0ee4d5']);
  });

  test('options of ResNets are refused by the others', () => {
    expect(() => createBackbone('tiny', { key: null, outputStride: 8 })).toThrow(ShapeError);
    expect(() => createBackbone('vgg16', { key: null, stem: 'deep' })).toThrow(
      '[createBackbone] vgg16 has no option stem; the ResNets have it',
    );
  });
});

describe('features', () => {
  test('come in the order in which they are wanted, and are the same in any company', () => {
    using backbone = createBackbone('tiny', { key: key(1), engine: engine() });
    scope(() => {
      const input = images(2);
      const all = backbone.features(input, namesOf(backbone));
      const wanted = ['layer4.0', 'layer1.0.relu', 'layer3.1'];
      for (const [i, map] of backbone.features(input, wanted).entries()) {
        const place = namesOf(backbone).indexOf(wanted[i] ?? '');
        expect(bytesOf(map)).toEqual(bytesOf(all[place] ?? expect.fail(`${wanted[i]} is missing`)));
      }
      expect(backbone.features(input, [])).toEqual([]);
    });
  });

  test('are computed no deeper than wanted, and hold no memory that nobody wants', () => {
    using backbone = narrow(engine(), { blocks: [3, 3, 3, 3] });
    scope(() => {
      const input = images(2);
      // The weights are folded from the first pass on.
      scope(() => void backbone.features(input, namesOf(backbone)));
      const peak = (wanted: readonly string[]) => {
        const before = engine().memory().bytes;
        engine().resetPeak();
        scope(() => void backbone.features(input, wanted));
        expect(engine().memory().bytes).toBe(before);
        return engine().memory().peakBytes - before;
      };
      const planes = (stride: number, channels: number) => 2 * channels * (64 / stride) * (96 / stride) * 4;
      // Two or three maps of the first stage at a time, however many blocks follow.
      expect(peak(['layer4.2'])).toBe(peak(['layer1.2']));
      // The wanted ones, and what the deepest block works with.
      expect(peak(['layer1.0', 'layer1.1', 'layer1.2'])).toBeLessThan(peak(['layer1.2']) + 2 * planes(4, 32) + 1);
    });
  });

  test('of a stage are not computed for an earlier one', () => {
    using backbone = narrow(engine());
    const [block] = backbone.layer2;
    if (block === undefined) throw new Error('there is no block');
    let runs = 0;
    const forward = block.forward.bind(block);
    block.forward = (x) => {
      runs += 1;
      return forward(x);
    };
    scope(() => {
      backbone.features(images(2), ['layer1.0', 'layer1.0.relu']);
      expect(runs).toBe(0);
      backbone.features(images(2), ['layer2.0']);
      expect(runs).toBe(1);
    });
  });

  test('that do not exist, or are wanted twice, are errors', () => {
    using backbone = createBackbone('tiny', { key: null, engine: engine() });
    scope(() => {
      expect(() => backbone.features(images(2), ['layer5.0'])).toThrow(ShapeError);
      expect(() => backbone.features(images(2), ['layer5.0'])).toThrow(
        '[features] there is no tap layer5.0; the taps are layer1.0, layer1.0.relu, layer2.0, layer2.0.relu, layer2.1, layer2.1.relu, layer3.0, layer3.0.relu and 4 more',
      );
      expect(() => backbone.features(images(2), ['layer1.0', 'layer1.0'])).toThrow(
        '[features] a tap is wanted twice; got layer1.0, layer1.0',
      );
    });
  });

  test('of images that VGG-16 leaves no pixel of are an error, for the taps that are wanted', () => {
    using backbone = createBackbone('vgg16', { key: null, engine: engine() });
    scope(() => {
      expect(() => backbone.features(images(2, 31, 40), ['features.30'])).toThrow(
        '[vgg16] images of 31×40 (height × width) are too small for this backbone; 32×32 is the least',
      );
      const [map] = backbone.features(images(2, 31, 40), ['features.16']);
      expect(map?.shape).toEqual([2, 256, 3, 5]);
    });
  });

  test('of a backbone in training go by the statistics of the batch, and have gradients', () => {
    using backbone = createBackbone('tiny', { key: key(1), engine: engine() }).train();
    const before = backbone.namedBuffers()['bn1.running_mean']?.value.identity;
    scope(() => {
      const input = normal(key(4), [2, 3, 32, 32], { engine: engine() });
      const { gradients } = lossAndGradients(backbone, () => {
        const [map] = backbone.features(input, ['layer2.1']);
        if (map === undefined) throw new Error('there is no feature map');
        expect(map.shape).toEqual([2, 64, 4, 4]);
        return sum(mul(map, map));
      });
      const reached = Object.entries(gradients).filter(([, gradient]) => readSync(gradient).some((x) => x !== 0));
      expect(new Set(reached.map(([name]) => name.split('.')[0]))).toEqual(
        new Set(['conv1', 'bn1', 'layer1', 'layer2']),
      );
    });
    expect(backbone.namedBuffers()['bn1.running_mean']?.value.identity).not.toBe(before);
  });
});

test('blocks have the layers of torchvision, in the order of its state', () => {
  const dilations = { strided: 1, later: 1 };
  using block = new BasicBlock({
    inChannels: 2,
    outChannels: 4,
    stride: 2,
    dilations,
    key: null,
    engine: engine(),
  });
  const layers = Object.keys(block.namedParameters());
  expect(layers).toEqual([
    ...['conv1.weight', 'bn1.weight', 'bn1.bias', 'conv2.weight', 'bn2.weight', 'bn2.bias'],
    ...['downsample.0.weight', 'downsample.1.weight', 'downsample.1.bias'],
  ]);
});
