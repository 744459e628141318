import { expect, test } from 'vitest';
import { Progress } from '../src/progress.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 80, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
}

test('off a terminal it is a plain line for every tenth of the way', () => {
  const plain = stream(false);
  const progress = new Progress(50, plain);
  for (let step = 1; step <= 50; step += 1) progress.update(step, `loss ${step}`);
  expect(plain.written).toHaveLength(10);
  expect(plain.written[0]).toMatch(/^step 5 of 50, loss 5, \d+\.\d s left\n$/);
  expect(plain.written.join('')).not.toMatch(/[\r█]/);
});

test('on a terminal it rewrites one line and ends it', () => {
  const terminal = stream(true);
  const progress = new Progress(2, terminal);
  progress.update(1, 'loss 1');
  progress.update(2, 'loss 0');
  expect(terminal.written[0]).toMatch(/^\r█{10}░{10} step 1 of 2/);
  expect(terminal.written.at(-1)).toMatch(/^\r█{20} step 2 of 2, .*\n$/);
});
