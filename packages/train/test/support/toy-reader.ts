import { FormatError } from '@hypercorr/tensor';
import type { Reader } from '@hypercorr/datasets';

/** A point of a line, y = 2x − 1, with a little noise. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PointPlan {
  readonly x: number;
  readonly noise: number;
  /** What is wrong with this point, if anything. */
  readonly fault?: 'faulty' | 'infinite';
}

/** Reads points: the worker's half of `points`. */
export function createReader(): Reader<Point, PointPlan> {
  return ({ x, noise, fault }) => {
    if (fault === 'faulty') throw new FormatError('points', `the point at ${x} is faulty`);
    return { x, y: fault === 'infinite' ? Infinity : 2 * x - 1 + noise };
  };
}
