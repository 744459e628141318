import type { Engine } from '@hypercorr/tensor';
import { sameShape } from '@hypercorr/tensor/op';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { BackendSettings } from '../backends.ts';
import { outcome } from '../src/agreement.ts';
import { allCases } from '../src/cases/index.ts';
import { startEngine, stopEngine } from '../src/engines.ts';
import type { HostResult } from '../src/host.ts';

const { settings } = inject('backend');

type WasmSettings = Extract<BackendSettings, { readonly kind: 'wasm' }>;

/** Whether all bits are the same: those of 0 and -0 are not. */
function sameBits(a: HostResult | undefined, b: HostResult | undefined): boolean {
  if (a === undefined || b === undefined || !sameShape(a.shape, b.shape)) return false;
  const [left, right] = [bytesOf(a), bytesOf(b)];
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

const bytesOf = ({ data }: HostResult): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function compareThreads(several: WasmSettings): void {
  let engines: { readonly one: Engine; readonly several: Engine };
  beforeAll(async () => {
    // One thread, and a heap that starts at its usual place: wherever the heap is, bits are the same too.
    const one = await startEngine({ kind: 'wasm', threads: 1, simd: several.simd });
    engines = { one, several: await startEngine(several) };
  });
  afterAll(async () => {
    await stopEngine(engines.one);
    await stopEngine(engines.several);
  });

  test.each(Object.values(allCases))('$name', async (testCase) => {
    const samples = [...testCase.fixed, ...testCase.examples, ...testCase.large, ...testCase.huge];
    for (const sample of samples) {
      const draw = testCase.draw(sample, 'everywhere');
      const alone = await outcome(draw, engines.one, 'float32');
      const together = await outcome(draw, engines.several, 'float32');
      const different = Object.keys(alone.gradients).filter(
        (name) => !sameBits(alone.gradients[name], together.gradients[name]),
      );
      expect({ y: sameBits(alone.y, together.y), different }, JSON.stringify(sample)).toEqual({
        y: true,
        different: [],
      });
    }
  });
}

if (settings.kind === 'wasm' && settings.threads > 1) {
  const at = settings.heapBase === undefined ? '' : ' above 2 GiB';
  describe(`${settings.threads} threads${at} give the bits of one`, () => compareThreads(settings));
} else {
  test.skip('the bits of several threads are those of one: there is one thread here');
}
