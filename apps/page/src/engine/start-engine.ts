import { init, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import type { Backend } from './backends.ts';

/**
 * Starts a backend, in a worker. There is no fallback to another backend.
 *
 * @throws BackendError if the backend cannot run here
 */
export async function startEngine(backend: Backend): Promise<Engine> {
  switch (backend) {
    case 'wasm-threads':
      return init(wasm({ sharedMemory: 'on' }));
    case 'wasm-plain':
      return init(wasm({ sharedMemory: 'off' }));
    case 'webgpu': {
      // Imported on demand, so that GPU.js is loaded only if it is used.
      const { gpu } = await import('@hypercorr/tensor/gpu');
      return init(gpu({ mode: 'webgpu' }));
    }
    default:
      return backend satisfies never;
  }
}
