import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A peer's answer for a case. */
export interface Answer {
  /** Milliseconds of one run. */
  readonly ms: number;
  /** The peak memory of the peer's process so far. */
  readonly peak_rss_mb: number;
  /** The peak memory of one run's tensors, beyond the tensors that existed before. Only our own peer reports it. */
  readonly peak_tensor_mb?: number;
}

/** A library that runs cases in a process of its own, one measurement at a time. Our own library is a peer too. */
export interface Peer {
  readonly name: string;
  /** Times a case once. The first time includes the preparation. `undefined` if the peer does not have the case. */
  ask(caseName: string): Promise<Answer | undefined>;
  close(): void;
}

/** A peer that is available on this machine. */
export interface PeerStart {
  readonly name: string;
  start(): Peer;
}

/** The name of our own peer, with which the others are compared. */
export const ours = 'hypercorr';

const inPeers = (path: string): string => fileURLToPath(new URL(`../peers/${path}`, import.meta.url));
const ownProgram = fileURLToPath(new URL('own-peer.ts', import.meta.url));

/** Our engine, in a process of its own. */
export function ownPeer(threads: number, name = ours): PeerStart {
  const args = ['--conditions=source', '--import', 'tsx', ownProgram, String(threads)];
  return { name, start: () => startPeer(name, process.execPath, args, threads) };
}

/**
 * The available peers of this machine: ours with one thread; TensorFlow.js, jax-js and the ONNX Runtimes if `npm
 * install` was run in peers/; PyTorch in the system's Python. The ONNX Runtimes run the files that export_onnx.py wrote
 * there.
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

/** A peer reads one case name per line and answers each with a line of JSON: an `Answer`, or null. */
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
