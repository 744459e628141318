import { StoredState, type RawTensor, type StoredTensor } from '@hypercorr/nn';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../src/fuzz.ts';
import { readers, type Reader } from '../src/readers.ts';
import { bytesOfTensors } from '../src/weight-readers.ts';

/** `pnpm fuzz` feeds each reader fifty times as many. */
const inputs = 2000;

describe.each(readers.map((reader) => [reader.name, reader] as const))('%s', (_, reader) => {
  test(`${inputs} damaged files are read or refused`, { timeout: 120_000 }, async () => {
    const { accepted, refused, slowest } = await fuzz(reader, { inputs, seed: 20261121 });
    expect(accepted + refused).toBe(inputs);
    // Both ways are gone often enough to mean something.
    expect(accepted).toBeGreaterThan(inputs / 20);
    expect(refused).toBeGreaterThan(inputs / 4);
    expect(slowest).toBeLessThan(reader.milliseconds);
  });
});

test('a reader that fails otherwise, lies about sizes or takes memory is found out', async () => {
  const [reader] = readers;
  if (reader === undefined) throw new Error('there are readers');
  const fault = async (read: Reader['read']): Promise<unknown> => {
    try {
      return await fuzz({ ...reader, read }, { inputs: 1, seed: 1 });
    } catch (error) {
      return error instanceof Error ? error.cause : error;
    }
  };
  class Lying extends StoredState {
    readonly entries = new Map<string, StoredTensor>([['x', { dtype: 'F32', shape: [] }]]);
    readonly metadata = {};
    readonly #tensor: RawTensor;

    constructor(bytes: number, shape = [4]) {
      super();
      this.#tensor = { dtype: 'F32', shape, bytes: new Uint8Array(bytes) };
    }

    raw() {
      return this.#tensor;
    }

    protected refuse(what: string) {
      return new FormatError('lying', what);
    }
  }
  expect(
    await fault(() => {
      throw new TypeError('x is undefined');
    }),
  ).toEqual(new TypeError('x is undefined'));
  expect(await fault(() => bytesOfTensors(new Lying(12)))).toEqual(new Error('x has 3 elements'));
  expect(String(await fault(() => bytesOfTensors(new Lying(40_000_000, [10_000_000]))))).toMatch(
    /^Error: \d+ bytes became 40000000$/,
  );
});
