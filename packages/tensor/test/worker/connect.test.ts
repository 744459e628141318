import { Worker } from 'node:worker_threads';
import { BackendError, DisposedError, GradientError, ShapeError } from '@hypercorr/tensor';
import { connect, serve, type ConnectOptions } from '@hypercorr/tensor/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { OpenServed } from './served.ts';

const counter = new Int32Array(new SharedArrayBuffer(4));
const count = (): number => Atomics.load(counter, 0);

const startWorker =
  (script = 'from-source.mjs') =>
  () =>
    new Worker(new URL(script, import.meta.url), { execArgv: ['--conditions=source'] });
const start = vi.fn<() => Worker>(startWorker());

const open = (options?: ConnectOptions, threads = 1) => connect<OpenServed>(start, { counter, threads }, options);

/** A thread that learns TypeScript first takes seconds to start. */
const patience = 60_000;

/** What most tests call. It is never replaced: an aborted call may take as long as it likes to stop. */
let worker: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  worker = await open({ grace: 2 * patience }, 2);
}, patience);
afterAll(() => worker.dispose());

beforeEach(() => {
  start.mockClear();
  counter.fill(0);
});

/** Enough for hundreds of matrix products, if any were still computed. */
const aWhile = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 100));

describe('a method', () => {
  it('is called with what structured cloning copies, and is typed', async () => {
    const description = await worker.call('describe');
    expect(description).toMatch(/^wasm: 2 threads/);
    expectTypeOf(description).toEqualTypeOf<string>();
    const { doubled, parts } = await worker.call('double', Float32Array.of(1, 2, 3));
    expectTypeOf(doubled).toEqualTypeOf<Float32Array>();
    expect([doubled, parts]).toEqual([Float32Array.of(2, 4, 6), [Float32Array.of(2)]]);
  });

  it('does not compile when it is used wrongly', () => {
    const misuse = (worker: Awaited<ReturnType<typeof open>>) => [
      // @ts-expect-error there is no such method
      worker.call('doubel', new Float32Array(1)),
      // @ts-expect-error the request is missing
      worker.call('double'),
      // @ts-expect-error the request is of another type
      worker.call('double', 'values'),
      // @ts-expect-error it reports numbers
      worker.call('multiply', 1, { onProgress: (value: string) => value }),
      // @ts-expect-error it takes no request
      worker.call('describe', 3),
      // @ts-expect-error the setup has no threads
      connect<OpenServed>(start, { counter }),
    ];
    expect(misuse).toBeTypeOf('function');
  });

  it('takes memory over that is transferred to it, and copies the rest', async () => {
    const values = Float32Array.of(1, 2);
    await worker.call('double', values);
    expect(values).toHaveLength(2);
    await worker.call('double', values, { transfer: [values.buffer] });
    expect(values).toHaveLength(0);
  });

  it('is called after the ones before it have ended', async () => {
    const first = await worker.call('calls');
    const ends: number[] = [];
    await Promise.all(Array.from({ length: 4 }, async () => void ends.push((await worker.call('calls')) - first)));
    expect(ends).toEqual([1, 2, 3, 4]);
  });

  it('fails with errors of their own types', async () => {
    const failure = async (how: Parameters<Awaited<ReturnType<OpenServed>>['fail']>[0]) =>
      worker.call('fail', how).catch((error: unknown) => error);
    const shape = await failure('shape');
    expect(shape).toBeInstanceOf(ShapeError);
    expect(shape).toMatchObject({
      op: 'add',
      message: expect.stringMatching(/^\[add\] /),
      stack: expect.stringContaining('served.ts'),
    });
    expect(await failure('gradient')).toEqual(new GradientError('probe', 'no derivative'));
    expect(await failure('range')).toEqual(new RangeError('out of range'));
    expect(await failure('own')).toMatchObject({ name: 'UserError', message: 'of a user' });
    expect(await failure('text')).toEqual(new Error('just a text'));
    const caused = await failure('cause');
    expect(caused).toBeInstanceOf(BackendError);
    expect(caused).toHaveProperty('cause', new ShapeError('inner', 'why'));
  });

  it('cannot return a tensor, or what cannot be copied', async () => {
    await expect(worker.call('tensor')).rejects.toThrow(
      /^\[serve\] a tensor cannot leave its worker; return `await read\(x\)`$/,
    );
    await expect(worker.call('uncloneable')).rejects.toThrow(/could not be cloned/);
  });
});

describe('progress', () => {
  it('is awaited by the worker, which does not run ahead of its caller', async () => {
    const abort = new AbortController();
    const reports: number[] = [];
    const onProgress = ({ step, values }: { readonly step: number; readonly values: Float32Array }): void => {
      expect([...values]).toEqual([step]);
      reports.push(step);
      expect(count()).toBe(step);
      if (step === 5) abort.abort();
    };
    await expect(worker.call('step', undefined, { signal: abort.signal, onProgress })).rejects.toThrow(/abort/);
    expect(reports).toEqual([1, 2, 3, 4, 5]);
    await worker.call('calls');
    expect(count()).toBe(5);
  });
});

describe('an aborted call', () => {
  it('stops between two operations, and the worker goes on with the next call', async () => {
    const abort = new AbortController();
    const reason = new Error('changed my mind');
    // Hours of work.
    const call = worker.call('multiply', 1e9, { signal: abort.signal, onProgress: () => abort.abort(reason) });
    await expect(call).rejects.toBe(reason);
    await worker.call('calls');
    const done = count();
    expect(done).toBeGreaterThanOrEqual(10);
    await aWhile();
    expect(count()).toBe(done);
    expect(start).not.toHaveBeenCalled();
    // What is not aborted comes to its end.
    await worker.call('multiply', 25);
    expect(count()).toBe(done + 25);
  });

  it('that listens to nobody ends with its worker, and another takes its place', { timeout: patience }, async () => {
    using worker = await open({ grace: 50 });
    expect(await worker.call('calls')).toBe(1);
    const abort = new AbortController();
    const call = worker.call('spin', undefined, { signal: abort.signal, onProgress: () => abort.abort() });
    const next = worker.call('calls');
    await expect(call).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(await next).toBe(1);
    expect(start).toHaveBeenCalledTimes(2);
    const done = count();
    await aWhile();
    expect(count()).toBe(done);
  });

  it('is heard by what awaits its signal', async () => {
    const abort = new AbortController();
    const call = worker.call('wait', undefined, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(call).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    await worker.call('calls');
    expect(count()).toBe(1);
  });

  it('never begins if it still waits for another, or was aborted before', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [
      worker.call('step', undefined, { signal: first.signal }),
      worker.call('multiply', 5, { signal: second.signal }),
      worker.call('multiply', 5, { signal: AbortSignal.abort(new Error('long ago')) }),
    ];
    second.abort(new Error('not this one'));
    await expect(calls[1]).rejects.toThrow('not this one');
    await expect(calls[2]).rejects.toThrow('long ago');
    first.abort(new Error('enough'));
    await expect(calls[0]).rejects.toThrow('enough');
    await worker.call('calls');
    const done = count();
    await aWhile();
    expect(count()).toBe(done);
  });
});

describe('a worker', () => {
  it('that cannot be opened says why, in errors of their own types', { timeout: patience }, async () => {
    const opening = open({}, -1);
    await expect(opening).rejects.toThrow(BackendError);
    await expect(opening).rejects.toThrow(/^\[wasm\] the number of threads must be a positive integer, got -1$/);
  });

  it('without a script is an error', async () => {
    await expect(connect<OpenServed>(startWorker('nowhere.mjs'), { counter, threads: 1 })).rejects.toThrow(
      /^\[worker\] the worker failed: .*nowhere\.mjs/,
    );
  });

  it('that nobody waits for any more is not opened', async () => {
    const abort = new AbortController();
    const opening = open({ signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(opening).rejects.toThrow('gone');
    await expect(open({ signal: abort.signal })).rejects.toThrow('gone');
    expect(start).toHaveBeenCalledOnce();
  });

  it('that is disposed of takes its calls with it', { timeout: patience }, async () => {
    const worker = await open();
    const failure = worker.call('step', undefined).catch((error: unknown) => error);
    worker.dispose();
    expect(await failure).toBeInstanceOf(DisposedError);
    await expect(worker.call('calls')).rejects.toThrow('[worker] the worker was disposed of');
    expect(start).toHaveBeenCalledOnce();
  });
});

it('serve is for workers', () => {
  expect(() => serve(() => ({}))).toThrow(/^\[serve\] this is no worker/);
});
