import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  BackendError,
  DisposedError,
  Engine,
  add,
  defaultEngine,
  init,
  mul,
  read,
  readSync,
  reshape,
  scope,
  tensor,
  to,
  zeros,
  type Backend,
} from '../src/index.ts';
import { referenceBackend } from '../src/backends/reference/backend.ts';
import { mostThreads, wasm } from '../src/wasm.ts';

const start = (): Engine => new Engine(referenceBackend());

describe('the default engine', () => {
  it('is the reference engine until another is started, then that one, and again when that is shut down', async () => {
    const first = defaultEngine();
    expect(first.backend.name).toBe('reference');
    expect(defaultEngine()).toBe(first);

    const started = await init(wasm({ threads: 1 }));
    expect(defaultEngine()).toBe(started);
    expect(tensor([1]).engine).toBe(started);
    await started.dispose();
    expect(defaultEngine().backend.name).toBe('reference');
  });

  it('stays when another engine cannot start', async () => {
    const before = defaultEngine();
    await expect(init(wasm({ threads: 0 }))).rejects.toThrow(
      '[wasm] the number of threads must be a positive integer, got 0',
    );
    expect(defaultEngine()).toBe(before);
  });

  it('stays when an engine that is not it is shut down', async () => {
    const before = defaultEngine();
    await start().dispose();
    expect(defaultEngine()).toBe(before);
  });
});

describe('what an engine holds', () => {
  it('is counted in handles, bytes and the most bytes at one time', () => {
    const engine = start();
    const x = zeros([10], { engine });
    const y = zeros([4], { engine, dtype: 'float64' });
    expect(engine.memory()).toEqual({ tensors: 2, bytes: 72, peakBytes: 72 });
    y.dispose();
    y.dispose();
    expect(engine.memory()).toEqual({ tensors: 1, bytes: 40, peakBytes: 72 });
    engine.resetPeak();
    expect(engine.memory()).toEqual({ tensors: 1, bytes: 40, peakBytes: 40 });
    scope(() => {
      add(mul(x, x), x);
    });
    expect(engine.memory()).toEqual({ tensors: 1, bytes: 40, peakBytes: 120 });
  });

  it('counts shared elements once, until the last handle goes', () => {
    const engine = start();
    const x = zeros([2, 5], { engine });
    const flat = reshape(x, [10]);
    expect(engine.memory()).toMatchObject({ tensors: 2, bytes: 40 });
    x.dispose();
    expect(engine.memory()).toMatchObject({ tensors: 1, bytes: 40 });
    expect(readSync(flat)).toEqual(new Float32Array(10));
    flat.dispose();
    expect(engine.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  it('includes padding where the backend pads', async () => {
    const engine = new Engine(await wasm({ threads: 1 })());
    const x = zeros([17], { engine });
    expect(engine.memory().bytes).toBe(128);
    x.dispose();
    await engine.dispose();
  });

  it('is given back when an operation fails', async () => {
    const engine = new Engine(await wasm({ threads: 1 })());
    using x = zeros([3], { engine });
    const { tensors, bytes } = engine.memory();
    const unfit: readonly number[] = [2];
    expect(() => scope(() => add(x, zeros(unfit, { engine })))).toThrow(/do not broadcast/);
    expect(() => zeros([3], { engine, dtype: 'float64' })).toThrow(
      '[tensor] the wasm backend takes float32, int32, bool, got float64; cast the tensor, or use the reference backend',
    );
    expect(engine.memory()).toMatchObject({ tensors, bytes });
    await engine.dispose();
  });

  it('says where each tensor was made, when it is started to do so', () => {
    const engine = new Engine(referenceBackend(), { debug: true });
    const x = zeros([3], { engine });
    const [live, ...others] = engine.liveTensors();
    expect(others).toEqual([]);
    expect(live?.tensor).toBe(x);
    expect(live?.madeAt).toContain('engine.test.ts');
    expect(start().liveTensors()).toEqual([]);
  });
});

describe('use after free', () => {
  it('is an error that names the operation, and how to avoid it', () => {
    const x = zeros([2, 3]);
    x.dispose();
    expect(x.disposed).toBe(true);
    expect(String(x)).toBe('Tensor(float32, [2,3], disposed)');
    const message =
      'a tensor of shape [2,3] was used after it was freed; return it from its scope, or `keep` it, if it is needed later';
    expect(() => add(x, 1)).toThrow(new DisposedError('add', message));
    expect(() => reshape(x, [6])).toThrow(new DisposedError('reshape', message));
    expect(() => readSync(x)).toThrow(new DisposedError('readSync', message));
  });

  it('rejects where reading is asynchronous', async () => {
    const x = zeros([2]);
    x.dispose();
    await expect(read(x)).rejects.toThrow(DisposedError);
    await expect(to(x, start())).rejects.toThrow(DisposedError);
  });
});

describe('engines', () => {
  it('do not mix in one operation', () => {
    expect(() => add(zeros([1], { engine: start() }), zeros([1], { engine: start() }))).toThrow(
      new BackendError(
        'add',
        'the inputs live on different engines (reference: plain TypeScript loops, one thread; ' +
          'reference: plain TypeScript loops, one thread): move them with to(x, engine)',
      ),
    );
  });

  it('free everything when they are shut down, and take nothing afterwards', async () => {
    const engine = start();
    const other = zeros([2]);
    const x = zeros([2], { engine });
    await engine.dispose();
    await engine.dispose();
    expect(x.disposed).toBe(true);
    expect(engine.memory()).toMatchObject({ tensors: 0, bytes: 0 });
    expect(() => zeros([2], { engine })).toThrow(new DisposedError('tensor', 'the reference engine was shut down'));
    await expect(to(other, engine)).rejects.toThrow(new DisposedError('to', 'the reference engine was shut down'));
  });

  it('take nothing that was on its way when they were shut down', async () => {
    const engine = start();
    using x = tensor([1]);
    const moving = to(x, engine);
    await engine.dispose();
    await expect(moving).rejects.toThrow(new DisposedError('to', 'the reference engine was shut down'));
    expect(engine.memory()).toMatchObject({ tensors: 0, bytes: 0 });
  });

  it('end their backend once', async () => {
    let ended = 0;
    const backend: Backend = { ...referenceBackend(), dispose: async () => void (ended += 1) };
    const engine = new Engine(backend);
    await engine.dispose();
    await engine.dispose();
    expect(ended).toBe(1);
  });

  it('wait for their backend, and pass on its failure', async () => {
    const failure = new BackendError('gpu', 'the device was lost');
    const backend: Backend = { ...referenceBackend(), idle: () => Promise.reject(failure) };
    await expect(new Engine(backend).idle()).rejects.toBe(failure);
    await expect(start().idle()).resolves.toBeUndefined();
  });
});

describe('the wasm backend', () => {
  it.each([
    [{ threads: 1, simd: 'baseline' }, 'wasm: 1 thread, baseline SIMD, shared memory'],
    [{ threads: 2, simd: 'baseline' }, 'wasm: 2 threads, baseline SIMD, shared memory'],
    [
      { sharedMemory: 'off', simd: 'baseline' },
      'wasm: 1 thread, baseline SIMD, memory is not shared (the page is not cross-origin isolated, or sharing is off)',
    ],
  ] as const)('started with %j says so and computes', async (options, description) => {
    const engine = new Engine(await wasm(options)());
    expect(engine.description).toBe(description);
    const x = tensor([1, 2, 3], { engine });
    expect([...readSync(add(x, mul(x, x)))]).toEqual([2, 6, 12]);
    await engine.dispose();
  });

  it.each([0, -1, 1.5, NaN])('does not start %d threads', async (threads) => {
    await expect(wasm({ threads })()).rejects.toThrow(
      `[wasm] the number of threads must be a positive integer, got ${threads}`,
    );
  });

  it('does not start more threads than a process can bear', async () => {
    expect(mostThreads()).toBeGreaterThanOrEqual(availableParallelism());
    await expect(wasm({ threads: mostThreads() + 1 })()).rejects.toThrow(
      `[wasm] ${mostThreads() + 1} threads are too many: ${mostThreads()} at most here`,
    );
  });

  it('does not start threads that would have no memory to share', async () => {
    await expect(wasm({ threads: 2, sharedMemory: 'off' })()).rejects.toThrow(/^\[wasm\] 2 threads need shared memory/);
  });

  it('says so when a worker cannot be started', async () => {
    const workerUrl = new URL('no-such-worker.js', import.meta.url);
    await expect(wasm({ threads: 2, workerUrl })()).rejects.toThrow(
      /a worker thread could not be started.*@hypercorr\/tensor\/assets\/worker\.js/,
    );
  });

  it('leaves no worker behind when another cannot be started', async () => {
    const name = 'hypercorr-engine-test';
    const source = `
      const { parentPort, BroadcastChannel } = await import('node:worker_threads');
      parentPort.once('message', ({ thread }) => {
        if (thread === 2) process.exit(3);
        parentPort.postMessage('ready');
        const channel = new BroadcastChannel('${name}');
        setInterval(() => channel.postMessage('alive'), 5);
      });`;
    const channel = new BroadcastChannel(name);
    let heard = 0;
    channel.addEventListener('message', () => {
      heard += 1;
    });
    const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
    const error: unknown = await wasm({ threads: 3, workerUrl })().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).cause).toEqual(new Error('it ended at once, with exit code 3'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = heard;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toBe(before);
    channel.close();
  });

  it('starts its workers from a file as well', async () => {
    const workerUrl = new URL(import.meta.resolve('@hypercorr/tensor/assets/worker.js'));
    const engine = new Engine(await wasm({ threads: 2, workerUrl })());
    const x = zeros([100_000], { engine });
    expect(readSync(add(x, 1)).every((value) => value === 1)).toBe(true);
    await engine.dispose();
  });

  it("refuses tensors of another backend's making", async () => {
    const engine = new Engine(await wasm({ threads: 1 })());
    const foreign = referenceBackend().upload(new Float32Array(1), 'float32');
    expect(() => engine.backend.free(foreign)).toThrow('[wasm] got a handle of another backend');
    await engine.dispose();
  });
});
