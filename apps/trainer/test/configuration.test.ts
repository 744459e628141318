import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readConfiguration } from '../src/cli/configuration.ts';
import { RunError } from '@hypercorr/train';
import { readHistory } from '@hypercorr/train/node';
import { UsageError } from '../src/cli/failure.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-configuration-'));
const file = join(root, 'file');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const history = '{"kind":"step","step":1,"epoch":1,"loss":0.5,"seconds":1}\n{"kind":"skipped","step":2,"fault":"x"}\n';

/** A text with some of its characters changed, left out, doubled or cut off. */
const damaged = (text: string): fc.Arbitrary<string> => {
  const place = fc.nat(text.length);
  const change = fc.oneof(
    fc.tuple(place, fc.string({ maxLength: 4, unit: 'binary' })).map(
      ([at, put]) =>
        (from: string) =>
          from.slice(0, at) + put + from.slice(at + 1),
    ),
    fc.tuple(place, place).map(
      ([a, b]) =>
        (from: string) =>
          from.slice(0, a) + from.slice(b),
    ),
    place.map((at) => (from: string) => from.slice(0, at)),
    fc
      .constantFrom('1e999', '-0', '{}', '[[[[', 'null', '"__proto__"', '\\ud800', '9'.repeat(400))
      .chain((put) => place.map((at) => (from: string) => from.slice(0, at) + put + from.slice(at))),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((from, apply) => apply(from), text));
};

// `pnpm fuzz` damages such files.
test('a configuration is a JSON object in UTF-8, with a byte order mark or without', () => {
  for (const mark of ['', '\uFEFF']) {
    writeFileSync(file, `${mark}{"command": "train", "shots": 2}`);
    expect(readConfiguration(file)).toEqual({ path: file, command: 'train', values: { shots: 2 } });
  }
  writeFileSync(file, '[]');
  expect(() => readConfiguration(file)).toThrow(
    new UsageError(`the configuration ${file} holds no JSON object of options by name`),
  );
  // As PowerShell writes what is sent to a file.
  for (const [content, encoding] of [
    ['{', 'utf8'],
    ['\uFEFF{"shots": 2}', 'utf16le'],
  ] as const) {
    writeFileSync(file, content, encoding);
    expect(() => readConfiguration(file)).toThrow(UsageError);
    expect(() => readConfiguration(file)).toThrow(`the configuration ${file} cannot be read: `);
  }
  expect(() => readConfiguration(join(root, 'none'))).toThrow(
    `the configuration ${join(root, 'none')} cannot be read: ENOENT`,
  );
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
        expect(error).toBeInstanceOf(RunError);
        expect((error as RunError).message).toMatch(/file, line \d+ is no record of a step or an epoch/);
      }
    }),
    { numRuns: 2000 },
  );
  expect(refused).toBeGreaterThan(0);
});
