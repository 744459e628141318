import { ShapeError } from '@hypercorr/tensor';

/** A row of features, and whether it is of the positive kind. */
export interface LabelledRow {
  readonly features: readonly number[];
  readonly positive: boolean;
}

/** The logarithm of the odds of the positive kind: intercept + Σ coefficients · features. */
export interface LogisticModel {
  readonly intercept: number;
  readonly coefficients: readonly number[];
}

/**
 * How strongly coefficients are drawn to 0, in rows of each kind: enough that they stay finite where the kinds are separate,
 * and too little to matter among hundreds.
 */
const ridge = 1;
const mostSteps = 100;

/**
 * Fits a logistic regression by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani and Friedman, *The
 * Elements of Statistical Learning*, 4.4.1). Both kinds weigh the same, however many rows each has. Features are standardised
 * within, so that the ridge does not depend on their scale.
 *
 * @throws ShapeError for rows of one kind alone, for rows of different lengths, and for a feature that is not finite
 */
export function fitLogistic(rows: readonly LabelledRow[]): LogisticModel {
  const columns = rows[0]?.features.length ?? 0;
  for (const { features } of rows) {
    if (features.length !== columns || !features.every(Number.isFinite))
      throw new ShapeError('fitLogistic', `each row needs ${columns} finite features; got ${features.join(', ')}`);
  }
  const positives = rows.filter(({ positive }) => positive).length;
  const negatives = rows.length - positives;
  if (positives === 0 || negatives === 0)
    throw new ShapeError('fitLogistic', `rows of both kinds are needed; got ${positives} and ${negatives}`);
  const weightOf = ({ positive }: LabelledRow): number => rows.length / (2 * (positive ? positives : negatives));
  const scales = Array.from({ length: columns }, (_, i) => scaleOf(rows.map(({ features }) => features[i] ?? 0)));
  const inputs = rows.map((row) => ({
    x: [1, ...row.features.map((value, i) => (value - (scales[i]?.mean ?? 0)) / (scales[i]?.deviation ?? 1))],
    y: Number(row.positive),
    weight: weightOf(row),
  }));
  let beta: readonly number[] = Array.from({ length: columns + 1 }, () => 0);
  for (let step = 0; step < mostSteps; step += 1) {
    // g = Xᵀ W (y − p) − λβ and H = Xᵀ W p (1 − p) X + λI; the intercept is free.
    const gradient = beta.map((value, i) => (i === 0 ? 0 : -ridge * value));
    const hessian = beta.map((_, i) => beta.map((__, j) => Number(i === j && i > 0) * ridge));
    for (const { x, y, weight } of inputs) {
      const p = 1 / (1 + Math.exp(-dot(beta, x)));
      for (const [i, xi] of x.entries()) {
        gradient[i] = (gradient[i] ?? 0) + weight * (y - p) * xi;
        const row = hessian[i] ?? [];
        for (const [j, xj] of x.entries()) row[j] = (row[j] ?? 0) + weight * p * (1 - p) * xi * xj;
      }
    }
    const change = solve(hessian, gradient);
    beta = beta.map((value, i) => value + (change[i] ?? 0));
    if (change.every((value) => Math.abs(value) < 1e-10)) break;
  }
  const [first = 0, ...rest] = beta;
  const coefficients = rest.map((value, i) => value / (scales[i]?.deviation ?? 1));
  return {
    intercept:
      first -
      dot(
        coefficients,
        scales.map(({ mean }) => mean),
      ),
    coefficients,
  };
}

/** A feature's mean and deviation; a deviation of 1 for a feature that is the same in all rows. */
function scaleOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, deviation: deviation > 0 ? deviation : 1 };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Solves Ax = b for a symmetric, positive definite A by Gaussian elimination, which needs no pivots then. */
function solve(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, vector[i] ?? 0]);
  for (const [i, pivotRow] of rows.entries()) {
    const pivot = pivotRow[i] ?? 0;
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] ?? 0) / pivot;
      for (let j = i; j < row.length; j += 1) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0);
    }
  }
  const x = vector.map(() => 0);
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    const row = rows[i] ?? [];
    const known = x.reduce((sum, value, j) => sum + (j > i ? value * (row[j] ?? 0) : 0), 0);
    x[i] = ((row.at(-1) ?? 0) - known) / (row[i] ?? 1);
  }
  return x;
}
