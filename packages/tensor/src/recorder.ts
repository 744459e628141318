import type { Op } from './op.ts';
import type { Named } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** A tape: it is told of every operation that runs. The engine knows nothing else about differentiation. */
export interface Recorder {
  record(op: Op, inputs: Named<string, Tensor>, attrs: unknown, output: Tensor): void;
}

let active: readonly Recorder[] = [];

/** The recorders that listen now, outermost first. */
export function activeRecorders(): readonly Recorder[] {
  return active;
}

/** Runs `compute` while these recorders listen, and no others. */
export function withRecorders<T>(recorders: readonly Recorder[], compute: () => T): T {
  const before = active;
  active = recorders;
  try {
    return compute();
  } finally {
    active = before;
  }
}

/** Runs `compute` without recording it: no derivative flows through its tensors. */
export function noGrad<T>(compute: () => T): T {
  return withRecorders([], compute);
}
