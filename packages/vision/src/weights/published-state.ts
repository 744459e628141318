import { reshape, scope } from '@hypercorr/tensor';
import type { Module, StateDict } from '@hypercorr/nn';

/** Divides a state into two: the tensors whose names pass the test, and the others. */
export function partitionState(
  state: StateDict,
  belongs: (name: string) => boolean,
): readonly [passed: StateDict, others: StateDict] {
  const entries = Object.entries(state);
  return [
    Object.fromEntries(entries.filter(([name]) => belongs(name))),
    Object.fromEntries(entries.filter(([name]) => !belongs(name))),
  ];
}

/** Whether a tensor of a bare backbone belongs to its classifier, by the names of torchvision and timm. */
export function isClassifier(name: string): boolean {
  return /^(fc|classifier|pre_logits|head)\./.test(name);
}

/**
 * Loads a state that another program wrote. A scalar may have the shape [1]: NumPy's `ascontiguousarray` gives this
 * shape to the counters of batch norms. Elements are shared; the state stays the caller's.
 *
 * @throws as `Module.loadStateDict`
 */
export function loadPublishedState(module: Module, state: StateDict): void {
  const expected = module.stateDict();
  scope(() => {
    const entries = Object.entries(state).map(([name, tensor]) => {
      const isCounter = Object.hasOwn(expected, name) && expected[name]?.shape.length === 0 && tensor.size === 1;
      return [name, isCounter ? reshape(tensor, []) : tensor] as const;
    });
    module.loadStateDict(Object.fromEntries(entries));
  });
}
