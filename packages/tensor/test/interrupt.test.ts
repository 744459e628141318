import { beforeEach, expect, it } from 'vitest';
import { ScopeError, add, defaultEngine, interruptible, scope, tensor } from '../src/index.ts';

const reason = new Error('enough');
/** Additions that were done. */
let done = 0;
beforeEach(() => {
  done = 0;
});

/** Adds one ten times, and aborts before the fourth. */
function addTen(abort?: AbortController): void {
  scope(() => {
    for (let i = 0; i < 10; i += 1) {
      if (i === 3) abort?.abort(reason);
      add(tensor([i]), 1);
      done += 1;
    }
  });
}

it('an aborted signal stops the next operation, and nothing stays behind', () => {
  const { tensors, bytes } = defaultEngine().memory();
  const abort = new AbortController();
  expect(() => interruptible(abort.signal, () => addTen(abort))).toThrow(reason);
  expect(done).toBe(3);
  expect(defaultEngine().memory()).toMatchObject({ tensors, bytes });
});

it('stops nothing outside of it', () => {
  const abort = new AbortController();
  expect(() => interruptible(abort.signal, () => addTen(abort))).toThrow(reason);
  done = 0;
  addTen();
  interruptible(new AbortController().signal, () => addTen());
  expect(done).toBe(20);
});

it('does not begin when the signal is aborted before', () => {
  expect(() => interruptible(AbortSignal.abort(reason), () => addTen())).toThrow(reason);
  expect(done).toBe(0);
});

it.each(['outer', 'inner'] as const)('listens to the %s of two signals', (which) => {
  const aborts = { outer: new AbortController(), inner: new AbortController() };
  const nested = () =>
    interruptible(aborts.outer.signal, () => interruptible(aborts.inner.signal, () => addTen(aborts[which])));
  expect(nested).toThrow(reason);
  expect(done).toBe(3);
});

it('refuses a promise, whose work it could not stop', () => {
  const abort = new AbortController();
  expect(() => interruptible(abort.signal, async () => addTen())).toThrow(ScopeError);
});
