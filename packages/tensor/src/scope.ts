import { ScopeError } from './errors.ts';
import { closeScope, openScope, track, untrack } from './lifetime.ts';
import type { Tensor } from './tensor.ts';
import { forEachTensor } from './tree.ts';

/**
 * Runs `compute` and frees every tensor made inside it, except those in what it returns
 * (a tensor, or arrays and plain objects of them), which pass to the scope around it.
 *
 * @throws ScopeError when `compute` returns a promise: its tensors would be freed before it is done.
 */
export function scope<T>(compute: () => T): T {
  const made = openScope();
  const returned: Tensor[] = [];
  let result: T;
  try {
    result = compute();
    if (result instanceof Promise) {
      // Its tensors are freed now, so the promise may fail. That must not end the program.
      result.catch(() => {});
      throw new ScopeError(
        'scope',
        'the function returned a promise; compute inside the scope, and await `read(x)` outside',
      );
    }
    // A tensor that was made elsewhere stays in its own scope.
    forEachTensor(result, (tensor) => {
      if (made.delete(tensor)) returned.push(tensor);
    });
  } finally {
    closeScope();
  }
  returned.forEach(track);
  return result;
}

/** Takes the tensors of a tree out of their scope. From now on the caller frees them. */
export function keep<T>(tree: T): T {
  forEachTensor(tree, untrack);
  return tree;
}
