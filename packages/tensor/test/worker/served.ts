import {
  BackendError,
  GradientError,
  ShapeError,
  add,
  fromArray,
  init,
  interruptible,
  matmul,
  mul,
  ones,
  read,
  scope,
} from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { serve, type Call } from '@hypercorr/tensor/worker';

export interface Setup {
  /** Shared words in which the worker counts what it does, so that one can look on. */
  readonly counter: Int32Array;
  readonly threads: number;
}

const open = async ({ counter, threads }: Setup) => {
  const engine = await init(wasm({ threads }));
  let calls = 0;

  return {
    describe: () => engine.description,

    /** How often this worker was asked: a new one begins at 1. */
    calls: () => (calls += 1),

    double: async (values: Float32Array) => {
      const doubled = await read(scope(() => mul(fromArray(values, [values.length]), 2)));
      return { doubled, parts: [values.subarray(1, 2)] };
    },

    /** Multiplies matrices, one after the other, and counts each; reports the tenth without waiting. */
    multiply: (operations: number, call: Call<number>) =>
      interruptible(call, () =>
        scope(() => {
          for (let i = 1; i <= operations; i += 1) {
            scope(() => matmul(ones([64, 64]), ones([64, 64])));
            Atomics.add(counter, 0, 1);
            if (i === 10) void call.progress(i);
          }
        }),
      ),

    /** Steps until it is aborted, and reports each. */
    step: async (_: undefined, call: Call<{ readonly step: number; readonly values: Float32Array }>) => {
      for (let step = 1; !call.aborted; step += 1) {
        Atomics.add(counter, 0, 1);
        await call.progress({ step, values: Float32Array.of(step) });
      }
    },

    /** Loops without asking anybody. */
    spin: (_: undefined, call: Call<string>) => {
      void call.progress('spinning');
      for (;;) Atomics.add(counter, 0, 1);
    },

    /** Waits for what may take an AbortSignal. */
    wait: (_: undefined, { signal, progress }: Call<string>) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          Atomics.store(counter, 0, 1);
          reject(signal.reason);
        });
        void progress('waiting');
      }),

    fail: (how: 'shape' | 'gradient' | 'range' | 'own' | 'text' | 'cause') => {
      switch (how) {
        case 'shape':
          return add(ones([2, 3]), ones([4] as number[])).shape;
        case 'gradient':
          throw new GradientError('probe', 'no derivative');
        case 'range':
          throw new RangeError('out of range');
        case 'own':
          throw Object.assign(new Error('of a user'), { name: 'UserError' });
        case 'text':
          throw 'just a text';
        case 'cause':
          throw new BackendError('probe', 'no', { cause: new ShapeError('inner', 'why') });
      }
    },

    tensor: () => ({ result: [ones([1])] }),
    uncloneable: () => () => {},
  };
};

export type OpenServed = typeof open;
serve(open);
