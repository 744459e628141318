import { expect, it } from 'vitest';
import { ownedBuffers } from '../../src/worker/protocol.ts';

it('the memory of arrays is found anywhere in a value, once', () => {
  const values = new Float32Array(4);
  const mask = new Uint8Array(3);
  const memory = new ArrayBuffer(8);
  expect(
    new Set(
      ownedBuffers({ values, deep: [{ mask }, [memory, new DataView(memory)], values], text: 'x', nothing: null }),
    ),
  ).toEqual(new Set([values.buffer, mask.buffer, memory]));
  expect(ownedBuffers(3)).toEqual([]);
});

it('memory that is shared, or of which an array sees a part, stays', () => {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  expect(ownedBuffers([shared, new Float32Array(4).subarray(1)])).toEqual([]);
});

it('values may refer to themselves', () => {
  const cycle: Record<string, unknown> = { values: Float32Array.of(1) };
  cycle['self'] = [cycle];
  expect(ownedBuffers(cycle)).toHaveLength(1);
});
