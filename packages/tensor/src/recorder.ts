import type { Op } from './op.ts';
import type { Named } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** Is told of every operation that runs: a tape. The engine knows no more of differentiation than this. */
export interface Recorder {
  record(op: Op, inputs: Named<string, Tensor>, attrs: unknown, output: Tensor): void;
}

let active: readonly Recorder[] = [];

/** The recorders at work, outermost first. */
export function activeRecorders(): readonly Recorder[] {
  return active;
}

/** Runs `compute` with just these recorders listening. */
export function withRecorders<T>(recorders: readonly Recorder[], compute: () => T): T {
  const before = active;
  active = recorders;
  try {
    return compute();
  } finally {
    active = before;
  }
}

/** Runs `compute` unrecorded: no derivative flows through what it makes. */
export function noGrad<T>(compute: () => T): T {
  return withRecorders([], compute);
}
