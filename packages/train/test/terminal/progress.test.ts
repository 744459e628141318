import { expect, test } from 'vitest';
import { duration } from '../../src/index.ts';
import { TerminalLog, TerminalProgress, displayWidth } from '../../src/node.ts';

function stream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => written.push(text) > 0 };
}

test('off a terminal it is a plain line for every tenth of the way', () => {
  const plain = stream(false);
  const progress = new TerminalProgress(50, plain);
  for (let step = 1; step <= 50; step += 1) progress.update(step, `loss ${step}`);
  expect(plain.written).toHaveLength(10);
  expect(plain.written[0]).toMatch(/^step 5 of 50, loss 5, \d+\.\d s left\n$/);
  expect(plain.written.join('')).not.toMatch(/[\r█]/);
});

test('on a terminal it rewrites one line and ends it', () => {
  const terminal = stream(true);
  const progress = new TerminalProgress(2, terminal, { unit: 'episode' });
  progress.update(1, 'loss 1');
  progress.update(2, 'loss 0');
  expect(terminal.written[0]).toMatch(/^\r█{10}░{10} episode 1 of 2/);
  expect(terminal.written.at(-2)).toMatch(/^\r█{20} episode 2 of 2, /);
  expect(terminal.written.at(-1)).toBe('\n');
});

test.each([
  [80, /^\r█{20} validation episode 1200 of 1200, loss 0\.1234, \d\.\d s left/],
  [60, /^\rvalidation episode 1200 of 1200, loss 0\.1234, \d\.\d s left/],
  [46, /^\rvalidation episode 1200 of 1200, \d\.\d s left/],
  [40, /^\rvalidation episode 1200 of 1200/],
  [20, /^\r…isode 1200 of 1200$/],
])('in %i columns a line is cut to leave its numbers, and never goes on to the next', (columns, last) => {
  const terminal = stream(true, columns);
  const progress = new TerminalProgress(1200, terminal, { unit: 'validation episode' });
  for (const done of [1, 1200]) progress.update(done, 'loss 0.1234');
  for (const text of terminal.written.join('').split(/[\r\n]/)) expect(text.length).toBeLessThan(columns);
  expect(terminal.written.at(-2)).toMatch(last);
});

test('a shorter line leaves nothing of the one before', () => {
  const terminal = stream(true);
  const progress = new TerminalProgress(3, terminal);
  progress.update(1, 'a long note');
  progress.update(3);
  const [before = '', after = ''] = terminal.written;
  expect(after.trimEnd().length).toBeLessThan(before.length);
  expect(after).toHaveLength(before.length);
});

test('wide characters take two columns, marks none', () => {
  expect(['loss', 'crème', 'cre\u0300me', '犬 1', '한글', '🦉'].map(displayWidth)).toEqual([4, 5, 5, 4, 4, 2]);
  const terminal = stream(true, 30);
  new TerminalProgress(2, terminal, { unit: '犬'.repeat(20) }).update(1);
  expect(displayWidth((terminal.written[0] ?? '').slice(1))).toBeLessThan(30);
});

test('a remark in between begins on a line of its own', () => {
  const terminal = stream(true);
  const log = new TerminalLog({ stream: terminal, environment: { NO_COLOR: '1' } });
  log.progress(3).update(1);
  log.warn('look');
  expect(terminal.written.slice(1)).toEqual(['\n', 'warning: look\n']);
});

test('colours are for terminals, and NO_COLOR turns them off', () => {
  const warned = (isTTY: boolean, environment = {}) => {
    const to = stream(isTTY);
    new TerminalLog({ stream: to, environment }).warn('look');
    return to.written.join('');
  };
  expect(warned(true)).toBe('\u001B[33mwarning:\u001B[39m look\n');
  expect(warned(true, { NO_COLOR: '1' })).toBe('warning: look\n');
  expect(warned(false)).toBe('warning: look\n');
});

test('times are said in the units one would use', () => {
  expect([4.23, 59.9, 200, 7500].map(duration)).toEqual(['4.2 s', '59.9 s', '3 min 20 s', '2 h 5 min']);
});
