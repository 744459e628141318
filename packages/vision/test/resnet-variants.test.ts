import { BatchNorm2d, Conv2d, Module, ReLU, Sequential, type Layer } from '@hypercorr/nn';
import { ShapeError, key, mul, readSync, scope, slice, uniform, zeros, type Engine } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { ResNet, asFeatureMap, createBackbone, type FeatureMap, type ResNetOptions } from '../src/index.ts';
import { useEngine } from './support/engines.ts';
import { fill, filler } from './support/fill.ts';
import { distance, openFixture, relativeDistance } from './support/fixtures.ts';
import { visionCases } from './support/vision-fixture.ts';

const engine = useEngine('wasm');

/** float32 sums in another order, of the largest element. */
const rounding = 1e-5;

/** Dilations of the 3×3 convolutions of a network, stage by stage. */
const dilationsOf = (network: ResNet) =>
  [network.layer1, network.layer2, network.layer3, network.layer4].map((blocks) =>
    blocks.map((block) =>
      Object.values(block).flatMap((layer: unknown) =>
        layer instanceof Conv2d && layer.weight.value.shape[2] === 3 ? [layer.dilation] : [],
      ),
    ),
  );

describe('the output stride', () => {
  const make = (options: Partial<ResNetOptions>) =>
    new ResNet({ block: 'bottleneck', blocks: [1, 2, 3, 2], width: 4, key: null, engine: engine(), ...options });

  test.each([
    // torchvision: the first block of a dilated stage keeps the dilation of the stage before.
    [32, [[1], [1, 1], [1, 1, 1], [1, 1]]],
    [16, [[1], [1, 1], [1, 1, 1], [1, 2]]],
    [8, [[1], [1, 1], [1, 2, 2], [2, 4]]],
  ] as const)('%s turns strides into dilations by the rule of torchvision', (outputStride, expected) => {
    using network = make({ outputStride });
    expect(dilationsOf(network)).toEqual(expected.map((stage) => stage.map((dilation) => [dilation])));
    expect(network.taps.at(-1)?.stride).toBe(outputStride);
    scope(() => {
      const maps = network.features(
        zeros([1, 3, 64, 96], { engine: engine() }),
        network.taps.map(({ name }) => name),
      );
      for (const [i, { channels, stride }] of network.taps.entries())
        expect(maps[i]?.shape).toEqual([1, channels, 64 / stride, 96 / stride]);
    });
  });

  test('leaves names and shapes of the weights as they are', () => {
    const shapes = (network: ResNet) =>
      Object.entries(network.stateDict()).map(([name, { shape }]) => [name, shape] as const);
    using plain = make({});
    using dilated = make({ outputStride: 8 });
    expect(shapes(dilated)).toEqual(shapes(plain));
  });

  // À trous: a stride that became a dilation leaves values between those of the strided network, and those as they were.
  test.each([
    ['bottleneck', 16],
    ['bottleneck', 8],
    ['basic', 16],
    ['basic', 8],
  ] as const)('of %s blocks and %s has the strided values at every second or fourth place', (block, outputStride) => {
    const variant = { block, key: key(3) } as const;
    using plain = make(variant).eval();
    using dilated = make({ ...variant, outputStride }).eval();
    scope(() => {
      // Odd sides, and one that a stride leaves odd.
      const images = uniform(key(4), [1, 3, 75, 101], { engine: engine(), min: -2, max: 2 });
      const names = plain.taps.map(({ name }) => name);
      const [expected, dense] = [plain.features(images, names), dilated.features(images, names)];
      for (const [i, { name, stride }] of plain.taps.entries()) {
        const [sparse, between] = [expected[i], dense[i]];
        if (sparse === undefined || between === undefined) throw new Error(`there is no ${name}`);
        const step = stride / (dilated.taps[i]?.stride ?? NaN);
        const picked = slice(between, [[], [], [0, undefined, step], [0, undefined, step]]);
        expect(picked.shape).toEqual(sparse.shape);
        expect(relativeDistance(readSync(picked), readSync(sparse)), name).toBeLessThan(rounding);
      }
    });
  });

  test('and the stem are refused where they do not exist', () => {
    // As a program in JavaScript may write it.
    const wrong = { outputStride: 4, stem: 'wide' } as unknown as Pick<ResNetOptions, 'outputStride' | 'stem'>;
    const { outputStride, stem } = wrong;
    expect(() => make(outputStride === undefined ? {} : { outputStride })).toThrow(ShapeError);
    expect(() => make(outputStride === undefined ? {} : { outputStride })).toThrow(
      '[ResNet] the output stride is 8, 16, 32; got 4',
    );
    expect(() => make(stem === undefined ? {} : { stem })).toThrow('[ResNet] the stem is 7x7 or deep; got wide');
  });
});

/** The backbone of an asymmetric non-local network, with small heads on stages 3 and 4, under the official names. */
class TinySemanticNetwork extends Module {
  readonly backbone: ResNet;
  readonly context: Sequential;
  readonly cls: Conv2d;
  readonly dsn: Sequential;

  constructor(on: Engine) {
    super();
    const creation = { key: null, engine: on } as const;
    const conv = (inChannels: number, outChannels: number, kernel: number) =>
      new Conv2d({ inChannels, outChannels, kernel, padding: (kernel - 1) / 2, ...creation });
    const norm = (): Layer => new Sequential(new BatchNorm2d({ channels: 32, engine: on }), new ReLU());
    this.backbone = new ResNet({
      block: 'bottleneck',
      blocks: [1, 1, 2, 3],
      width: 4,
      stem: 'deep',
      outputStride: 8,
      ...creation,
    });
    this.context = new Sequential(conv(128, 32, 3), norm());
    this.cls = conv(32, 5, 1);
    // The official network drops channels at the third place, in training.
    this.dsn = new Sequential(conv(64, 32, 3), norm(), new ReLU(), conv(32, 5, 1));
  }

  /** Logits at 1/8, of the head on stage 3 and of that on stage 4. */
  maps(images: FeatureMap): readonly [auxiliary: FeatureMap, final: FeatureMap] {
    const [stage3, stage4] = this.backbone.features(images, ['layer3.1.relu', 'layer4.2.relu']);
    if (stage3 === undefined || stage4 === undefined) throw new Error('a stage is missing');
    const context = asFeatureMap(this.context.forward(stage4));
    return [asFeatureMap(this.dsn.forward(stage3)), asFeatureMap(this.cls.forward(context))];
  }
}

describe('the deep stem', () => {
  test("stands below the official program's dilated network, and its maps are PyTorch's", () => {
    const fixtures = openFixture('vision.safetensors');
    using network = new TinySemanticNetwork(engine());
    fill(network, 1.5);
    scope(() => {
      const state = network.stateDict();
      const biases = ['cls.bias', 'dsn.3.bias'].map(
        (name) => [name, fixtures.tensor(name, { engine: engine() })] as const,
      );
      network.loadStateDict({ ...state, ...Object.fromEntries(biases) });
      const images = mul(filler('ann/tiny/image', [2, 3, 48, 57], engine()), 4);
      const [, final] = network.eval().maps(images);
      expect(distance(final, fixtures, 'map')).toBeLessThan(rounding);
      const [auxiliary] = network.train().maps(images);
      expect(distance(auxiliary, fixtures, 'train/aux_map')).toBeLessThan(rounding);
    });
  });

  test('of ResNet-101 has as many parameters as the official program, under its names', () => {
    using backbone = createBackbone('resnet101', { stem: 'deep', outputStride: 8, key: null, engine: engine() });
    const parameters = backbone.parameters().reduce((sum, { value }) => sum + value.size, 0);
    expect(parameters).toBe(visionCases.backbone_params);
    const prefix = Object.keys(backbone.namedParameters()).slice(0, 9);
    expect(prefix).toEqual(
      [1, 2, 3].flatMap((n) => [`prefix.conv${n}.weight`, `prefix.bn${n}.weight`, `prefix.bn${n}.bias`]),
    );
  });

  test('rounds sizes up where it pools', () => {
    using network = new ResNet({
      block: 'bottleneck',
      blocks: [1, 1, 1, 1],
      width: 4,
      stem: 'deep',
      outputStride: 8,
      key: null,
      engine: engine(),
    });
    for (const { image, map } of visionCases.map_sizes) {
      scope(() => {
        const [maps] = network.features(zeros([1, 3, image, 16], { engine: engine() }), ['layer4.0']);
        expect(maps?.shape.slice(2, 3)).toEqual(map.slice(0, 1));
      });
    }
  });
});
