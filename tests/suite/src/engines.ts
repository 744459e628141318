import { defaultEngine, Engine, type BackendFactory } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { BackendSettings } from '../backends.ts';

const started = new Set<Engine>();

/**
 * The engine that defines every operation. It is the default one and stays so: an operation that forgets to say
 * where its constants live mixes engines, and fails.
 */
export const reference = remember(defaultEngine());

/** All engines of this test file, for the leak check. */
export const liveEngines = (): readonly Engine[] => [...started];

/** Starts the backend that a test project asks for; nothing is replaced by anything else. */
export async function startEngine(settings: BackendSettings): Promise<Engine> {
  if (settings.kind === 'reference') return reference;
  const factory = await factoryFor(settings);
  return remember(new Engine(await factory()));
}

export async function stopEngine(engine: Engine): Promise<void> {
  if (engine === reference) return;
  started.delete(engine);
  await engine.dispose();
}

function remember(engine: Engine): Engine {
  started.add(engine);
  return engine;
}

async function factoryFor(settings: Exclude<BackendSettings, { kind: 'reference' }>): Promise<BackendFactory> {
  if (settings.kind === 'wasm') {
    const { threads, simd, heapBase = 0 } = settings;
    return wasm({ threads, simd, heapBase });
  }
  // Only here, so that projects without a GPU do not load GPU.js.
  const { gpu } = await import('@hypercorr/tensor/gpu');
  return gpu({ mode: settings.mode });
}
