import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Another library that runs the same cases in a process of its own, one measurement at a time. */
export interface Peer {
  readonly name: string;
  /** Milliseconds of one run, or `undefined` where the peer does not have the case. */
  time(caseName: string): Promise<number | undefined>;
  close(): void;
}

/** A peer that can be had. */
export interface PeerStart {
  readonly name: string;
  start(): Peer | Promise<Peer>;
}

const here = (path: string): string => fileURLToPath(new URL(`../peers/${path}`, import.meta.url));

/**
 * The peers that this machine has: TensorFlow.js and the ONNX Runtimes where `npm install` was run in peers/, the latter
 * for what export_onnx.py wrote there; PyTorch in the system's Python.
 */
export function findPeers(threads: number): PeerStart[] {
  const found: PeerStart[] = [];
  const offer = (name: string, program: string, args: readonly string[]): void => {
    found.push({ name, start: () => startPeer(name, program, args, threads) });
  };
  if (existsSync(here('node_modules/@tensorflow/tfjs-backend-wasm'))) offer('tfjs-wasm', process.execPath, [here('tfjs.mjs')]);
  for (const runtime of ['onnxruntime-web', 'onnxruntime-node']) {
    if (existsSync(here(`node_modules/${runtime}`)) && existsSync(here('models'))) offer(runtime, process.execPath, [here('ort.mjs'), runtime]);
  }
  const python = ['/usr/bin/python3', 'python3'].find((path) => spawnSync(path, ['-c', 'import torch']).status === 0);
  if (python !== undefined) offer('pytorch', python, [here('torch_peer.py')]);
  return found;
}

/** A peer reads a case's name a line and answers with a line of JSON: the milliseconds of one run, or null. */
function startPeer(name: string, program: string, args: readonly string[], threads: number): Peer {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    async time(caseName) {
      child.stdin.write(`${caseName}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`the peer ${name} ended without an answer to ${caseName}`);
      const milliseconds: unknown = JSON.parse(value);
      return typeof milliseconds === 'number' ? milliseconds : undefined;
    },
    close: () => void child.kill(),
  };
}
