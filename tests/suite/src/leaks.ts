import type { Engine, Tensor } from '@hypercorr/tensor';
import { liveEngines } from './engines.ts';

/** What is alive on every engine that was started through `startEngine`. */
export type Snapshot = ReadonlyMap<Engine, { readonly tensors: ReadonlySet<Tensor>; readonly bytes: number }>;

/** What an engine holds that it did not hold before. */
export interface Leak {
  readonly engine: string;
  readonly tensors: readonly Tensor[];
  readonly bytes: number;
}

export function snapshot(): Snapshot {
  return new Map(
    liveEngines().map((engine) => [engine, { tensors: new Set(alive(engine)), bytes: engine.memory().bytes }]),
  );
}

export function leaksSince(before: Snapshot): readonly Leak[] {
  const leaks = liveEngines().map((engine) => {
    const { tensors, bytes } = before.get(engine) ?? { tensors: new Set<Tensor>(), bytes: 0 };
    const leaked = alive(engine).filter((tensor) => !tensors.has(tensor));
    return { engine: engine.description, tensors: leaked, bytes: engine.memory().bytes - bytes };
  });
  return leaks.filter(({ tensors, bytes }) => tensors.length > 0 || bytes !== 0);
}

const alive = (engine: Engine): readonly Tensor[] => engine.liveTensors().map(({ tensor }) => tensor);
