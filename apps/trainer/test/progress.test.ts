import { expect, test } from 'vitest';
import { Log } from '../src/log.ts';
import { Progress, duration } from '../src/progress.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
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
  const progress = new Progress(2, terminal, { unit: 'episode' });
  progress.update(1, 'loss 1');
  progress.update(2, 'loss 0');
  expect(terminal.written[0]).toMatch(/^\r█{10}░{10} episode 1 of 2/);
  expect(terminal.written.at(-1)).toMatch(/^\r█{20} episode 2 of 2, .*\n$/);
});

test('a remark in between begins on a line of its own', () => {
  const terminal = stream(true);
  const log = new Log(terminal, { quiet: false, environment: { NO_COLOR: '1' } });
  log.progress(3).update(1);
  log.warn('look');
  expect(terminal.written.slice(1)).toEqual(['\n', 'warning: look\n']);
});

test('colours are for terminals, and NO_COLOR turns them off', () => {
  const warned = (isTTY: boolean, environment = {}) => {
    const to = stream(isTTY);
    new Log(to, { quiet: false, environment }).warn('look');
    return to.written.join('');
  };
  expect(warned(true)).toBe('\u001B[33mwarning:\u001B[39m look\n');
  expect(warned(true, { NO_COLOR: '1' })).toBe('warning: look\n');
  expect(warned(false)).toBe('warning: look\n');
});

test('times are said in the units one would use', () => {
  expect([4.23, 59.9, 200, 7500].map(duration)).toEqual(['4.2 s', '59.9 s', '3 min 20 s', '2 h 5 min']);
});
