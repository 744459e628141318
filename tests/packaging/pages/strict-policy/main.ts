/// <reference types="vite/client" />
// Starts two threads where the page's policy forbids workers from a blob, first as usual, then from a file.
import { init, matmul, ones, readSync } from '@hypercorr/tensor';
import workerUrl from '@hypercorr/tensor/assets/worker.js?url&no-inline';
import { wasm, type WasmOptions } from '@hypercorr/tensor/wasm';

async function compute(options: WasmOptions): Promise<string> {
  const engine = await init(wasm(options));
  const product = readSync(matmul(ones([200, 300]), ones([300, 100])));
  await engine.dispose();
  return `${engine.description}: ${product.every((value) => value === 300)}`;
}

async function computeBoth(): Promise<string[]> {
  const refused = await compute({ threads: 2 }).catch(String);
  return [refused, await compute({ threads: 2, workerUrl })];
}

Object.assign(globalThis, { outcome: computeBoth() });
