import { Engine, defaultEngine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

export const backends = ['wasm', 'reference'] as const;

/**
 * An engine for the tests of a file or a `describe`; each must leave as many tensors and bytes alive as it found.
 *
 * @returns the engine, once tests run
 */
export function useEngine(backend: (typeof backends)[number]): () => Engine {
  let engine: Engine;
  let before: { tensors: number; bytes: number };
  const alive = () => {
    const { tensors, bytes } = engine.memory();
    return { tensors, bytes };
  };
  beforeAll(async () => {
    engine = backend === 'reference' ? defaultEngine() : new Engine(await wasm({ threads: 2 })());
  });
  beforeEach(() => {
    before = alive();
  });
  afterEach(() => {
    expect(alive()).toEqual(before);
  });
  afterAll(async () => {
    if (backend !== 'reference') await engine.dispose();
  });
  return () => engine;
}
