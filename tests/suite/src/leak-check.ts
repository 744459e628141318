import type { Engine, Tensor } from '@hypercorr/tensor';
import { afterEach, beforeEach, expect } from 'vitest';
import { liveEngines } from './engines.ts';

/**
 * A vitest set-up file: after every test nothing is alive that was not alive before it, on any engine that was
 * started through `startEngine`.
 */
let before = new Map<Engine, ReadonlySet<Tensor>>();

const alive = (engine: Engine): readonly Tensor[] => engine.liveTensors().map(({ tensor }) => tensor);

beforeEach(() => {
  before = new Map(liveEngines().map((engine) => [engine, new Set(alive(engine))]));
});

afterEach(({ task }) => {
  const leaked = liveEngines().flatMap((engine) => alive(engine).filter((tensor) => !before.get(engine)?.has(tensor)));
  const list = leaked.map((tensor) => `${String(tensor)} on ${tensor.engine.description}`);
  // The next test starts clean, and a test that failed half-way has said enough.
  for (const tensor of leaked) tensor.dispose();
  if (task.result?.state !== 'fail') expect(list, 'tensors left alive').toEqual([]);
});
