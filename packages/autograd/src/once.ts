/** Gives what an effect returned when it ran. */
interface Memory {
  recall<T>(effect: () => T): T;
}

let current: Memory | undefined;

/**
 * Runs `effect`, for its result or for what it changes; while `checkpoint` computes a function again, it does not run
 * `effect` a second time but gives what that returned at first. For what must not happen twice, or comes out otherwise
 * the second time: moving running statistics, taking the next of a series of random keys.
 *
 * @param effect returns plain data or nothing: a tensor of the first time would be freed by the second
 *
 * @example const drawn = once(() => this.nextKey());
 */
export function once<T>(effect: () => T): T {
  return current === undefined ? effect() : current.recall(effect);
}

/** Runs `compute`. @returns what it returned, and the results of every `once` in it, in order */
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
