import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a peer says of a case. */
export interface Answer {
  /** Milliseconds of one run. */
  readonly ms: number;
  /** The most that its process has held of the machine's memory until now. */
  readonly peak_rss_mb: number;
  /** The most that the tensors of one run take at a time, beside those that were there before it; ours say it. */
  readonly peak_tensor_mb?: number;
}

/** A library that runs cases in a process of its own, one measurement at a time; ours is one too. */
export interface Peer {
  readonly name: string;
  /** Times a case once; its first time includes what is done once. `undefined` where the peer does not have the case. */
  ask(caseName: string): Promise<Answer | undefined>;
  close(): void;
}

/** A peer that can be had. */
export interface PeerStart {
  readonly name: string;
  start(): Peer;
}

/** Whose times the others are held against. */
export const ours = 'hypercorr';

const inPeers = (path: string): string => fileURLToPath(new URL(`../peers/${path}`, import.meta.url));
const ownProgram = fileURLToPath(new URL('own-peer.ts', import.meta.url));

/** Our engine, in a process of its own. */
export function ownPeer(threads: number, name = ours): PeerStart {
  const args = ['--conditions=source', '--import', 'tsx', ownProgram, String(threads)];
  return { name, start: () => startPeer(name, process.execPath, args, threads) };
}

/**
 * The peers that this machine has: ours with one thread; TensorFlow.js, jax-js and the ONNX Runtimes where `npm install` was
 * run in peers/, the latter for what export_onnx.py wrote there; PyTorch in the system's Python.
 */
export function findPeers(threads: number): readonly PeerStart[] {
  const found: PeerStart[] = threads > 1 ? [ownPeer(1, `${ours}-1-thread`)] : [];
  const offer = (name: string, program: string, args: readonly string[]): void => {
    found.push({ name, start: () => startPeer(name, program, args, threads) });
  };
  if (existsSync(inPeers('node_modules/@tensorflow/tfjs-backend-wasm')))
    offer('tfjs-wasm', process.execPath, [inPeers('tfjs.mjs')]);
  if (existsSync(inPeers('node_modules/@jax-js/jax'))) offer('jax-js', process.execPath, [inPeers('jax.mjs')]);
  for (const runtime of ['onnxruntime-web', 'onnxruntime-node']) {
    if (existsSync(inPeers(`node_modules/${runtime}`)) && existsSync(inPeers('models')))
      offer(runtime, process.execPath, [inPeers('ort.mjs'), runtime]);
  }
  const python = ['/usr/bin/python3', 'python3'].find((path) => spawnSync(path, ['-c', 'import torch']).status === 0);
  if (python !== undefined) offer('pytorch', python, [inPeers('torch_peer.py')]);
  return found;
}

/** A peer reads a case's name a line and answers with a line of JSON: an `Answer`, or null. */
function startPeer(name: string, program: string, args: readonly string[], threads: number): Peer {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    async ask(caseName) {
      child.stdin.write(`${caseName}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`the peer ${name} ended without an answer to ${caseName}`);
      return (JSON.parse(value) as Answer | null) ?? undefined;
    },
    close: () => void child.kill(),
  };
}
