import { BackendError } from '../../errors.ts';
import { workerSource } from './generated/worker.ts';

/** A started worker, in Node or in a page. */
export interface Thread {
  terminate(): Promise<void>;
}

/** Starts a worker from its inlined source (or from `url`) and waits until it listens. */
export async function startThread(message: object, url: string | URL | undefined): Promise<Thread> {
  // Not an import: bundlers for pages would stumble over it.
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (node) {
    const worker = new node.Worker(url ?? workerSource, { eval: url === undefined });
    worker.unref(); // waiting workers do not keep a program alive
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`it ended at once, with exit code ${code}`)));
      worker.postMessage(message);
    }).catch(refuse);
    return { terminate: async () => void (await worker.terminate()) };
  }
  const blob =
    url === undefined ? URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })) : undefined;
  const worker = new Worker(blob ?? String(url), { type: 'module' });
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', reject, { once: true });
    worker.postMessage(message);
  })
    .catch((cause: unknown) => {
      worker.terminate();
      refuse(cause);
    })
    .finally(() => {
      if (blob !== undefined) URL.revokeObjectURL(blob);
    });
  return { terminate: () => Promise.resolve(worker.terminate()) };
}

function refuse(cause: unknown): never {
  throw new BackendError(
    'wasm',
    'a worker thread could not be started; where a content-security policy forbids blob: workers, ' +
      "pass workerUrl, the address of '@hypercorr/tensor/assets/worker.js'",
    { cause },
  );
}
