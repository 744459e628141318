import { init, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { Backend } from './backends.ts';

/**
 * Starts the backend, in a worker. No other takes its place.
 *
 * @throws BackendError when it cannot run here
 */
export async function startEngine(backend: Backend): Promise<Engine> {
  switch (backend) {
    case 'wasm-threads':
      return init(wasm({ sharedMemory: 'on' }));
    case 'wasm-plain':
      return init(wasm({ sharedMemory: 'off' }));
    case 'webgpu': {
      // Only here: a page that does not use it does not load GPU.js.
      const { gpu } = await import('@hypercorr/tensor/gpu');
      return init(gpu({ mode: 'webgpu' }));
    }
    default:
      return backend satisfies never;
  }
}
