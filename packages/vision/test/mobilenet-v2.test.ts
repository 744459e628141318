import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conv2d, lossAndGradients } from '@hypercorr/nn';
import { openSafetensors } from '@hypercorr/nn/node';
import {
  arange,
  conv2d,
  keep,
  key,
  mean,
  noGrad,
  pad,
  readSync,
  reshape,
  retain,
  scope,
  type Tensor,
} from '@hypercorr/tensor';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { convSame } from '../src/backbones/mobilenet-v2.ts';
import {
  createBackbone,
  imageBatch,
  loadBackboneWeights,
  type FeatureMap,
  type FeatureProvider,
} from '../src/index.ts';
import { cacheFolder, readPackagedBackbone } from '../src/node.ts';
import { useEngine } from './support/engines.ts';
import { fill, filler } from './support/fill.ts';
import { distance, fixtureTolerance, openFixture } from './support/fixtures.ts';

const engine = useEngine('wasm');
const fixture = new URL('../../../../shared/fixtures/mobilenet/taps.safetensors', import.meta.url);

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'hypercorr-cache-'));
  vi.stubEnv('HYPERCORR_CACHE', cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

const elements = (tensor: Tensor): number[] => [...readSync(tensor)].map(Number);

describe("TensorFlow's padding SAME", () => {
  test('of a side n with stride 2 gives ⌈n / 2⌉, with the odd zero at the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (height, width) => {
        scope(() => {
          const on = { engine: engine() };
          using conv = new Conv2d({
            inChannels: 1,
            outChannels: 1,
            kernel: 3,
            stride: 2,
            padding: 1,
            key: key(1),
            ...on,
          });
          const x = reshape(arange(height * width, on), [1, 1, height, width]);
          const y = convSame(conv, x);
          // The rule as TensorFlow states it: all that is missing, the smaller half in front.
          const missing = (size: number): readonly [number, number] => {
            const total = Math.max((Math.ceil(size / 2) - 1) * 2 + 3 - size, 0);
            return [Math.floor(total / 2), Math.ceil(total / 2)];
          };
          const padded = pad(x, [[0, 0], [0, 0], missing(height), missing(width)]);
          const expected = conv2d(padded, conv.weight.value, { bias: conv.bias?.value, stride: 2 });
          expect(y.shape).toEqual([1, 1, Math.ceil(height / 2), Math.ceil(width / 2)]);
          for (const [i, value] of elements(expected).entries()) expect(elements(y)[i]).toBeCloseTo(value, 4);
        });
      }),
    );
  });
});

describe('the weights that come with a package', () => {
  test('are kept after the first time, and made again where what is kept is damaged', async () => {
    const first = await readPackagedBackbone('mobilenetv2');
    const kept = join(cache, 'mobilenetv2-open-images.safetensors');
    const bytes = await readFile(kept);
    expect(bytes.length).toBeLessThan(6e6);
    const { mtimeMs } = await stat(kept);
    expect((await readPackagedBackbone('mobilenetv2')).metadata).toEqual(first.metadata);
    expect((await stat(kept)).mtimeMs).toBe(mtimeMs);
    await writeFile(
      kept,
      bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
    );
    await readPackagedBackbone('mobilenetv2');
    expect((await readFile(kept)).equals(bytes)).toBe(true);
  });

  test('need no folder that can be written', async () => {
    await writeFile(join(cache, 'file'), '');
    vi.stubEnv('HYPERCORR_CACHE', join(cache, 'file', 'inside'));
    expect((await readPackagedBackbone('mobilenetv2')).names).toHaveLength(2 * 52);
    vi.stubEnv('HYPERCORR_CACHE', cache);
  });

  test("the folder is the system's for such files, or one's own", () => {
    expect(cacheFolder({ HYPERCORR_CACHE: '/own' })).toBe('/own');
    expect(cacheFolder({ XDG_CACHE_HOME: '/shared' })).toBe(join('/shared', 'hypercorr'));
  });
});

test.skipIf(!existsSync(fixture))(
  'every tap is that of another program (skipped where ../shared is absent)',
  async () => {
    const file = await openSafetensors(fixture.pathname);
    const pixels = await file.read('pixels');
    const names = file.names.filter((name) => name !== 'pixels');
    using backbone = createBackbone('mobilenetv2', { key: null, engine: engine() });
    const state = await readPackagedBackbone('mobilenetv2');
    scope(() => void loadBackboneWeights(backbone, state.tensors({ engine: engine() })));
    const [height = 0, width = 0] = pixels.shape;
    const image = { height, width, data: Uint8Array.from(pixels.data, Number) };
    const maps = scope(() => backbone.features(imageBatch([image], { engine: engine() }), names));
    for (const [i, name] of names.entries()) {
      const expected = Array.from((await file.read(name)).data, Number);
      const map = maps[i] ?? expect.fail();
      const found = elements(map);
      const largest = Math.max(...expected.map(Math.abs));
      const difference = Math.max(...expected.map((value, at) => Math.abs(value - (found[at] ?? Number.NaN))));
      expect(difference / largest, name).toBeLessThan(1e-5);
      map.dispose();
    }
    await file.close();
  },
);

describe("torchvision's mobilenet_v2", () => {
  test('has the feature maps that PyTorch computes, with batch norms folded and not', () => {
    const on = { engine: engine() };
    using backbone = createBackbone('mobilenet_v2', { key: null, ...on });
    fill(backbone, 1.5);
    const fixtures = openFixture('mobilenet_v2.safetensors');
    scope(() => {
      const image = filler('image', [1, 3, 70, 54], engine());
      const names = ['features.4', 'features.18'];
      const maps = { folded: noGrad(() => backbone.features(image, names)), taped: recorded(backbone, image, names) };
      for (const [way, computed] of Object.entries(maps)) {
        for (const [i, name] of names.entries()) {
          const map = computed[i] ?? expect.fail(`there is no ${name}`);
          expect(distance(map, fixtures, name), `${way} ${name}`).toBeLessThan(fixtureTolerance);
        }
      }
      for (const map of maps.taped) map.dispose();
    });
  });

  test('takes the names of its files, and leaves the classifier out', () => {
    const on = { engine: engine() };
    using backbone = createBackbone('mobilenet_v2', { key: null, ...on });
    // As `model.state_dict()` has them: 2 and 3 convolutions a block, each with a norm of five tensors.
    expect(Object.keys(backbone.stateDict())).toHaveLength(52 * 6);
    expect(Object.keys(backbone.stateDict())).toEqual(
      expect.arrayContaining([
        'features.0.0.weight',
        'features.1.conv.0.1.running_var',
        'features.1.conv.2.num_batches_tracked',
        'features.2.conv.0.0.weight',
        'features.17.conv.3.bias',
        'features.18.1.weight',
      ]),
    );
    scope(() => {
      const classifier = filler('classifier.1.weight', [10, 1280], engine());
      const { ignored } = loadBackboneWeights(backbone, { ...backbone.stateDict(), 'classifier.1.weight': classifier });
      expect(ignored).toEqual(['classifier.1.weight']);
    });
  });
});

/** Feature maps while derivatives are asked for, when norms are not folded. */
function recorded(backbone: FeatureProvider, image: FeatureMap, names: readonly string[]): readonly FeatureMap[] {
  let maps: readonly FeatureMap[] = [];
  const parameters = Object.fromEntries(Object.entries(backbone.namedParameters()).slice(0, 1));
  lossAndGradients(parameters, () => {
    maps = keep(backbone.features(image, names).map(retain));
    return mean(maps.at(-1) ?? image);
  });
  return maps;
}
