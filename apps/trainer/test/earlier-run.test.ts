import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descriptionKey } from '@hypercorr/train';
import { describeCheckpoint } from '@hypercorr/train/node';
import { afterAll, expect, test } from 'vitest';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { history } from './support/history.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-earlier-run-'));
const at = (...parts: readonly string[]): string => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/earlier-run/${name}`, import.meta.url));

/** What `expected.json` records of the earlier program. Its `about` says how the run was made. */
interface Expected {
  /** The checkpoint's description after the first epoch. */
  readonly metadata: string;
  /** Of the whole file `last.safetensors` after the first epoch. */
  readonly lastSha256: string;
  /** Of all tensors in `last.safetensors`, after the first epoch and after the second. */
  readonly tensorsSha256: { readonly begun: string; readonly resumed: string };
  readonly losses: readonly number[];
  readonly epochs: readonly { readonly loss: number; readonly val_miou: number; readonly val_fb_iou: number }[];
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file of safetensors in two: its header, and the tensors' bytes. */
function parts(path: string): { readonly header: Readonly<Record<string, unknown>>; readonly tensors: Buffer } {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString()) as Readonly<Record<string, unknown>>;
  return { header, tensors: file.subarray(start) };
}

/** The checkpoint with the description of the earlier program. */
function describedAsBefore(path: string, metadata: string): Buffer {
  const { header, tensors } = parts(path);
  const text = JSON.stringify({ ...header, __metadata__: { [descriptionKey]: metadata } });
  const padded = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, tensors]);
}

// The checkpoint is too large to be kept here (31 MiB). This program makes one with the same tensors, and the test gives it
// the earlier description: by its hash the file is the earlier program's, byte for byte.
test('a run that an earlier version began goes on as it did there', async () => {
  const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Expected;
  await writeShapes(at('data'), { classes: 4, images: 3, side: 40 });
  await writeRandomBackbone(at('backbone.safetensors'));
  const begun = await hypercorr([
    'train',
    ...['--config', fixture('config.json')],
    ...['--data', at('data'), '--backbone-weights', at('backbone.safetensors'), '--out', at('run')],
  ]);
  expect(begun.exitCode, begun.stderr).toBe(0);
  // Fused multiply-adds round otherwise.
  const isSameArithmetic = begun.stderr.includes('baseline SIMD');
  const last = at('run', 'last.safetensors');
  if (isSameArithmetic) expect(sha256(parts(last).tensors)).toBe(expected.tensorsSha256.begun);

  const before = describedAsBefore(last, expected.metadata);
  if (isSameArithmetic) expect(sha256(before)).toBe(expected.lastSha256);
  writeFileSync(last, before);
  for (const name of ['config.json', 'metrics.jsonl']) copyFileSync(fixture(name), at('run', name));

  const resumed = await hypercorr(['train', '--out', at('run'), '--resume', '--epochs', '2', '--data', at('data')]);
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(resumed.stderr).toContain('resumes at step 2\n');
  const records = history(at('run'));
  const losses = records.filter(({ kind }) => kind === 'step').map(({ loss }) => Number(loss));
  expect(losses).toHaveLength(4);
  if (isSameArithmetic) {
    expect(losses).toEqual(expected.losses);
    expect(sha256(parts(last).tensors)).toBe(expected.tensorsSha256.resumed);
  }
  // Rounding is all that differs elsewhere; four steps do not make much of it.
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - (expected.losses[i] ?? NaN))).toBeLessThan(0.01);

  // The old epoch and the new one are read alike, and the checkpoint says now what it is of.
  const epochs = records.filter(({ kind }) => kind === 'epoch');
  if (isSameArithmetic)
    expect(epochs).toMatchObject(
      expected.epochs.map(({ val_miou: miou, val_fb_iou: fb_iou, ...epoch }) => ({
        ...epoch,
        figures: { miou, fb_iou },
      })),
    );
  expect(epochs).toHaveLength(2);
  expect((await describeCheckpoint(last)).about).toMatchObject({
    task: 'few-shot',
    training: { benchmark: 'folder', classes: ['class-c', 'class-a'], validationClasses: ['class-d'] },
    position: { step: 4, nextItem: 8, phase: 0 },
  });
});
