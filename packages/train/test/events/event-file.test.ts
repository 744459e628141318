import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { crc32c } from '../../src/events/crc32c.ts';
import { EventFile } from '../../src/events/event-file.ts';
import { eventFileName, nameEventFile } from '../../src/events/event.ts';
import { castagnoli, readEvents, shownScalars } from '../support/read-events.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-events-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = () => mkdtempSync(join(root, 'run-'));
const files = (path: string): Buffer[] =>
  readdirSync(path)
    .toSorted()
    .map((name) => readFileSync(join(path, name)));

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [new TextEncoder().encode('123456789'), 0xe3069283],
  [new Uint8Array(0), 0],
])('CRC-32C of %o is as published', (bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
  expect(castagnoli(bytes)).toBe(BigInt(sum));
});

test('CRC-32C agrees with a division of polynomials bit by bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => BigInt(crc32c(bytes)) === castagnoli(bytes)),
    { numRuns: 50 },
  );
});

test('a session begins with the version and its start, and every checksum holds', async () => {
  const path = folder();
  const before = Date.now() / 1000;
  const events = new EventFile(path, { firstStep: 1 });
  // A session that takes no step leaves no file.
  expect(readdirSync(path)).toEqual([]);
  await events.add(1, { 'train/loss': 0.75, 'train/Größe': -2 });
  await events.add(2 ** 40, { 'train/loss': 1e-3 });
  const [name = ''] = readdirSync(path);
  expect(name).toMatch(eventFileName);
  const read = readEvents(readFileSync(join(path, name)));
  expect(read.map(({ version, step, starts, scalars }) => ({ version, step, starts, scalars }))).toEqual([
    { version: 'brain.Event:2', step: 0, starts: false, scalars: {} },
    { step: 1, starts: true, scalars: {} },
    { step: 1, starts: false, scalars: { 'train/loss': 0.75, 'train/Größe': -2 } },
    { step: 2 ** 40, starts: false, scalars: { 'train/loss': Math.fround(1e-3) } },
  ]);
  for (const { wallTime } of read) {
    expect(wallTime).toBeGreaterThanOrEqual(before);
    expect(wallTime).toBeLessThanOrEqual(Date.now() / 1000);
  }
});

/** Whether every record of a file of three is read: one that reaches past the end looks as if it was still being written. */
function isWhole(file: Buffer): boolean {
  try {
    return readEvents(file).length === 3;
  } catch {
    return false;
  }
}

test('a byte changed anywhere is found by a checksum', async () => {
  const path = folder();
  await new EventFile(path, { firstStep: 1 }).add(1, { loss: 0.5 });
  const [file = Buffer.alloc(0)] = files(path);
  expect(isWhole(file)).toBe(true);
  for (let at = 0; at < file.length; at += 1) {
    const changed = Buffer.from(file);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    expect(isWhole(changed), `byte ${at}`).toBe(false);
  }
});

test('what a resumed session does again takes the place of what was there', async () => {
  const path = folder();
  const first = new EventFile(path, { firstStep: 1 });
  for (const step of [1, 2, 3, 4]) await first.add(step, { loss: step });
  // It was killed while it wrote the next.
  const [name = ''] = readdirSync(path);
  appendFileSync(join(path, name), readFileSync(join(path, name)).subarray(0, 30));
  writeFileSync(join(path, nameEventFile(0)), '');
  await new Promise((resolve) => void setTimeout(resolve, 2));
  const second = new EventFile(path, { firstStep: 3 });
  await second.add(3, { loss: 30 });
  expect(shownScalars(files(path))).toEqual(
    new Map([
      [
        'loss',
        new Map([
          [1, 1],
          [2, 2],
          [3, 30],
        ]),
      ],
    ]),
  );
});

test('names sort as time goes', () => {
  const times = [0, 999, 1000, 1_732_190_000_000, 1_732_190_000_010];
  const names = times.map(nameEventFile);
  expect(names.toSorted()).toEqual(names);
  for (const name of names) expect(name).toMatch(eventFileName);
});
