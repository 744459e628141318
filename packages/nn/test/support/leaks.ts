import { defaultEngine } from '@hypercorr/tensor';
import { afterEach, beforeEach, expect } from 'vitest';

/** Every test of the file must leave as many tensors and bytes alive as it found. */
export function checkLeaks(): void {
  let before = defaultEngine().memory();
  beforeEach(() => {
    before = defaultEngine().memory();
  });
  afterEach(() => {
    const { tensors, bytes } = defaultEngine().memory();
    expect({ tensors, bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes });
  });
}
