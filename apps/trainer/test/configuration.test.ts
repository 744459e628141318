import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { trainCommand } from '../src/commands/train.ts';
import { readConfiguration } from '../src/configuration.ts';
import { CommandError, UsageError } from '../src/failure.ts';
import { resolveOptions } from '../src/option.ts';
import { readHistory } from '../src/training/metrics.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-configuration-'));
const file = join(root, 'file');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = { benchmark: 'fss', data: 'x', out: 'y', shots: 2, lr: 0.001, augment: ['flip'], 'max-time': '1h', 'support-mask': false, seed: 3 };
const history = '{"kind":"step","step":1,"epoch":1,"loss":0.5,"seconds":1}\n{"kind":"skipped","step":2,"fault":"x"}\n';

/** A text with some of its characters changed, left out, doubled or cut off. */
const damaged = (text: string): fc.Arbitrary<string> => {
  const place = fc.nat(text.length);
  const change = fc.oneof(
    fc.tuple(place, fc.string({ maxLength: 4, unit: 'binary' })).map(([at, put]) => (from: string) => from.slice(0, at) + put + from.slice(at + 1)),
    fc.tuple(place, place).map(([a, b]) => (from: string) => from.slice(0, a) + from.slice(b)),
    place.map((at) => (from: string) => from.slice(0, at)),
    fc.constantFrom('1e999', '-0', '{}', '[[[[', 'null', '"__proto__"', '\\ud800', '9'.repeat(400)).chain((put) => place.map((at) => (from: string) => from.slice(0, at) + put + from.slice(at))),
  );
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce((from, apply) => apply(from), text));
};

test('a damaged configuration is read, or refused as wrong usage, and is never more than that', () => {
  let read = 0;
  fc.assert(
    fc.property(damaged(JSON.stringify(settings)), (text) => {
      writeFileSync(file, text);
      try {
        const given = { flags: {}, environment: {}, files: [readConfiguration(file)] };
        expect(resolveOptions(trainCommand.options, given).settings.shots).toBeGreaterThanOrEqual(1);
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 2000 },
  );
  expect(read).toBeGreaterThan(0);
});

test('a damaged history is read, or refused with the line', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damaged(history), async (text) => {
      writeFileSync(file, text);
      try {
        for (const record of await readHistory(file)) expect(['step', 'epoch', 'skipped']).toContain(record.kind);
      } catch (error) {
        refused += 1;
        expect(error).toBeInstanceOf(CommandError);
        expect((error as CommandError).message).toMatch(/file, line \d+: no record of a step or an epoch/);
      }
    }),
    { numRuns: 2000 },
  );
  expect(refused).toBeGreaterThan(0);
});
