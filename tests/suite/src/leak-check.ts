import { afterEach, beforeEach, expect } from 'vitest';
import { leaksSince, snapshot, type Snapshot } from './leaks.ts';

/** A vitest set-up file: after every test nothing is alive that was not alive before it. */
let before: Snapshot = new Map();

beforeEach(() => {
  before = snapshot();
});

afterEach(({ task }) => {
  const leaks = leaksSince(before);
  const text = leaks.map(
    ({ engine, tensors, bytes }) => `${bytes} bytes on ${engine}: ${tensors.map(String).join(', ')}`,
  );
  // The next test starts clean.
  for (const tensor of leaks.flatMap(({ tensors }) => tensors)) tensor.dispose();
  // A test that failed half-way has said enough.
  if (task.result?.state !== 'fail') expect(text, 'left alive').toEqual([]);
});
