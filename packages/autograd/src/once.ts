/** Runs an effect, or returns its remembered result. */
interface Memory {
  recall<T>(effect: () => T): T;
}

let current: Memory | undefined;

/**
 * Runs `effect` and returns its result. When `checkpoint` computes a function again, it does not run `effect` again but
 * returns the first result. Use it for an effect that must happen only once or would differ the second time: updating
 * running statistics, taking the next of a series of random keys.
 *
 * @param effect returns plain data or nothing, because the first run's tensors would be freed by the second
 *
 * @example const drawn = once(() => this.nextKey());
 */
export function once<T>(effect: () => T): T {
  return current === undefined ? effect() : current.recall(effect);
}

/** Runs `compute`. @returns its result, and the results of every `once` in it, in order */
export function remembering<T>(compute: () => T): { readonly result: T; readonly memory: readonly unknown[] } {
  const outer = current;
  const memory: unknown[] = [];
  const result = withMemory(
    {
      recall(effect) {
        const value = outer === undefined ? effect() : outer.recall(effect);
        memory.push(value);
        return value;
      },
    },
    compute,
  );
  return { result, memory };
}

/** Runs `compute` again, with the results that `remembering` kept. */
export function recalling<T>(memory: readonly unknown[], compute: () => T): T {
  let next = 0;
  return withMemory(
    {
      recall<V>(): V {
        // The same calls in the same order give the same types.
        const value = memory[next] as V;
        next += 1;
        return value;
      },
    },
    compute,
  );
}

function withMemory<T>(memory: Memory, compute: () => T): T {
  const before = current;
  current = memory;
  try {
    return compute();
  } finally {
    current = before;
  }
}
