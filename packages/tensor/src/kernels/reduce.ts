import { f64Words, type WasmLaunch, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf, type Shape } from '../shape/shape.ts';
import { broadcastStrides, mergeAxes, stridesOf, type LoopAxis } from '../shape/strides.ts';

/** The accumulations that kernels have, and for each how the totals of parts are joined. `size` means |x|. */
const joinings = {
  sum: 'sum',
  sizes: 'sum',
  squares: 'sum',
  powers: 'sum',
  deviations: 'sum',
  exponentials: 'sum',
  product: 'product',
  max: 'max',
  largestSize: 'max',
  min: 'min',
} as const;

export interface WasmReduction {
  /** `powers` are |x|^root. int32 has `sum`, `max` and `min` only. */
  readonly accumulation: Exclude<keyof typeof joinings, 'deviations' | 'exponentials'>;
  /** The divisor of the total; 1 when left out. */
  readonly divisor?: number;
  /** The order of the root to take of the total; no root when left out. */
  readonly root?: number;
}

/** How a kernel stores a total: see `assembly/reduce.ts`. */
const finish = { quotient: 0, root: 1, pair: 2, power: 3, logarithm: 4 } as const;

/** One pass over x. It may read the result of an earlier pass: the pairs at `centres`, one for each output. */
interface Pass {
  readonly accumulation: keyof typeof joinings;
  readonly how: (typeof finish)[keyof typeof finish];
  readonly divisor?: number;
  readonly root?: number;
  readonly centres?: number;
}

/** The number of elements that is worth waking a thread for. */
const grainElements = 16384;
/** The number of columns that a kernel takes at once, and the bytes that it keeps for each column. */
const blockColumns = 4096;
const bytesPerTotal = 8;
/** A reduction with fewer units of work than this is cut into about this many units, if it has enough elements. */
const enoughUnits = 16;
/** Bytes of a number kept as two float32 whose sum it is. */
const bytesPerPair = 8;

/**
 * Steps of `assembly/reduce.ts` that reduce `axes` (from the front) of `x` into `output`.
 * The cut into units depends on shapes only, never on the number of threads.
 */
export function reduceSteps(
  x: WasmView,
  output: WasmView,
  axes: readonly number[],
  { accumulation, divisor = 1, root = 1 }: WasmReduction,
  launch: WasmLaunch,
): WasmStep[] {
  const how = root === 1 ? finish.quotient : root === 2 ? finish.root : finish.power;
  return passSteps(x, output.pointer, axes, { accumulation, how, divisor, root }, launch);
}

/** Steps for Σ (x − mean)² / freedom: the means, of `count` elements each, then the squares of deviations from them. */
export function varianceSteps(
  x: WasmView,
  output: WasmView,
  axes: readonly number[],
  count: number,
  freedom: number,
  launch: WasmLaunch,
): WasmStep[] {
  const centres = launch.workspace(sizeOf(output.shape) * bytesPerPair);
  return [
    ...passSteps(x, centres, axes, { accumulation: 'sum', how: finish.pair, divisor: count }, launch),
    ...passSteps(
      x,
      output.pointer,
      axes,
      { accumulation: 'deviations', how: finish.quotient, divisor: freedom, centres },
      launch,
    ),
  ];
}

/** Steps for top + ln Σ e^(x − top): the largest elements, then sums of powers. */
export function logSumExpSteps(x: WasmView, output: WasmView, axes: readonly number[], launch: WasmLaunch): WasmStep[] {
  const centres = launch.workspace(sizeOf(output.shape) * bytesPerPair);
  return [
    ...passSteps(x, centres, axes, { accumulation: 'max', how: finish.pair }, launch),
    ...passSteps(x, output.pointer, axes, { accumulation: 'exponentials', how: finish.logarithm, centres }, launch),
  ];
}

/** Steps of one pass, which writes its results to `out`. */
function passSteps(x: WasmView, out: number, axes: readonly number[], pass: Pass, launch: WasmLaunch): WasmStep[] {
  const { accumulation } = pass;
  const type = x.dtype === 'float32' ? 'f32' : 'i32';
  const whole = planReduction(x.shape, axes);
  const joining = joinings[accumulation];
  // A part of a product may overflow where the whole product does not.
  const plan = joining === 'product' ? whole : cut(whole, sizeOf(x.shape));
  const parts = plan.runParts * plan.combinationParts;
  if (parts === 1) return [reduceStep(`${accumulation}${plan.kind}_${type}`, plan, x.pointer, out, pass)];

  // Keep the part of a float32 sum as two float32, so that nothing is rounded before the end.
  const isPair = type === 'f32' && joining === 'sum';
  const rows = parts * (isPair ? 2 : 1);
  const columns = plan.kind === 'Columns' ? plan.run : 1;
  const outputs = sizeOf(x.shape.filter((_, axis) => !axes.includes(axis)));
  const totals = launch.workspace(outputs * rows * 4);
  const second = planReduction([outputs / columns, rows, columns], [1]);
  const partial: Pass = { ...pass, how: isPair ? finish.pair : finish.quotient, divisor: 1 };
  return [
    reduceStep(`${accumulation}${plan.kind}_${type}`, plan, x.pointer, totals, partial),
    reduceStep(`${joining}${second.kind}_${type}`, second, totals, out, pass),
  ];
}

/** The step of `assembly/arg-max.ts` that finds positions in `axes` (from the front) of `x`. */
export function positionStep(
  name: 'argMax' | 'argMin',
  x: WasmView,
  output: WasmView,
  axes: readonly number[],
): WasmStep {
  const plan = planReduction(x.shape, axes);
  const type = x.dtype === 'float32' ? 'f32' : 'i32';
  return reduceStep(`${name}${plan.kind}_${type}`, plan, x.pointer, output.pointer, { how: finish.quotient });
}

/** A shape with merged axes. The innermost axis is the run: `Rows` reduce the run, `Columns` keep it. */
interface ReductionPlan {
  readonly kind: 'Rows' | 'Columns';
  readonly run: number;
  readonly runParts: number;
  /** The number of combinations of indices of the reduced axes other than the run. */
  readonly combinations: number;
  readonly combinationParts: number;
  /** Kept and reduced axes other than the run, with the strides of x. */
  readonly kept: readonly LoopAxis[];
  readonly reduced: readonly LoopAxis[];
}

/** The plan without a cut into parts. */
function planReduction(shape: Shape, axes: readonly number[]): ReductionPlan {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  // Only neighbours of one kind merge, because the strides of the result are 0 along reduced axes only.
  const merged = mergeAxes(shape, [stridesOf(shape), broadcastStrides(kept, shape)]);
  const isReduced = ({ strides: [, result] }: LoopAxis): boolean => result === 0;
  const outer = merged.slice(0, -1);
  const run = merged.slice(-1);
  const reduced = outer.filter(isReduced);
  return {
    kind: run.some(isReduced) ? 'Rows' : 'Columns',
    run: productOf(run),
    runParts: 1,
    combinations: productOf(reduced),
    combinationParts: 1,
    kept: outer.filter((axis) => !isReduced(axis)),
    reduced,
  };
}

/** Cuts the reduced axes into parts if there are many elements and few outputs. */
function cut(plan: ReductionPlan, elements: number): ReductionPlan {
  const units = unitsOf(plan);
  if (units === 0 || units >= enoughUnits) return plan;
  const parts = Math.min(Math.ceil(enoughUnits / units), Math.floor(elements / units / grainElements));
  if (parts < 2) return plan;
  return plan.kind === 'Rows' && plan.run >= plan.combinations
    ? { ...plan, runParts: Math.min(parts, plan.run) }
    : { ...plan, combinationParts: Math.min(parts, plan.combinations) };
}

function unitsOf({ kind, run, runParts, combinationParts, kept }: ReductionPlan): number {
  return productOf(kept) * runParts * combinationParts * (kind === 'Columns' ? Math.ceil(run / blockColumns) : 1);
}

/** The step of one kernel over a plan. */
function reduceStep(
  entry: string,
  plan: ReductionPlan,
  x: number,
  out: number,
  { how, divisor = 1, root = 1, centres = 0 }: Omit<Pass, 'accumulation'>,
): WasmStep {
  const { kind, run, runParts, combinations, combinationParts, kept, reduced } = plan;
  const elementsPerUnit = Math.ceil(
    (combinations / combinationParts) * (kind === 'Rows' ? run / runParts : Math.min(run, blockColumns)),
  );
  return {
    entry,
    params: [
      ...[x, out, how, centres, ...f64Words(divisor), ...f64Words(root)],
      ...[run, runParts, Math.ceil(run / runParts)],
      ...[combinations, combinationParts, Math.ceil(combinations / combinationParts)],
      ...[kept.length, reduced.length],
      ...[...kept, ...reduced].flatMap(({ size, strides: [stride = 0] }) => [size, stride]),
    ],
    items: unitsOf(plan),
    grain: Math.max(1, Math.ceil(grainElements / Math.max(1, elementsPerUnit))),
    scratchBytes: blockColumns * bytesPerTotal,
  };
}

function productOf(axes: readonly LoopAxis[]): number {
  return axes.reduce((product, { size }) => product * size, 1);
}
