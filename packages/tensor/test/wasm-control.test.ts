import { beforeEach, describe, expect, test } from 'vitest';
import { begin, end, isOver, join, leave, numberOf, word } from '../src/backends/wasm/control.ts';

// What the threads rely on, step by step on one thread; tests/suite/test/threads.test.ts has them at work.

let control: Int32Array;
beforeEach(() => {
  control = new Int32Array(new SharedArrayBuffer(64));
});

const state = () => Atomics.load(control, word.state);

describe('a command', () => {
  test('is over at once where no worker has joined it', () => {
    begin(control);
    expect(isOver(state())).toBe(false);
    end(control, false);
    expect(isOver(state())).toBe(true);
  });

  test('cannot be joined by who looked before it began, or before it was over', () => {
    const before = state();
    begin(control);
    expect(join(control, before)).toBe(false);
    const open = state();
    end(control, false);
    expect(join(control, open)).toBe(false);
    const past = state();
    begin(control);
    expect(join(control, past)).toBe(false);
    expect(numberOf(state())).toBe(numberOf(open) + 1);
  });

  test('is the same one while workers join and leave', () => {
    begin(control);
    const number = numberOf(state());
    expect(join(control, state())).toBe(true);
    expect(join(control, state())).toBe(true);
    leave(control);
    expect(numberOf(state())).toBe(number);
    leave(control);
    end(control, false);
    expect(numberOf(state())).toBe(number);
  });

  test('begins after the last number there is', () => {
    const last = -1 << 13;
    Atomics.store(control, word.state, last);
    begin(control);
    expect([numberOf(last), numberOf(state()), isOver(state())]).toEqual([2 ** 19 - 1, 0, false]);
  });
});
