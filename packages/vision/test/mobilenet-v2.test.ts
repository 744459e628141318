import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conv2d } from '@hypercorr/nn';
import { openSafetensors } from '@hypercorr/nn/node';
import { arange, conv2d, key, pad, readSync, reshape, scope, type Tensor } from '@hypercorr/tensor';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { convSame } from '../src/backbones/mobilenet-v2.ts';
import { createBackbone, imageBatch, loadBackboneWeights } from '../src/index.ts';
import { cacheFolder, readPackagedBackbone } from '../src/node.ts';
import { useEngine } from './support/engines.ts';

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
