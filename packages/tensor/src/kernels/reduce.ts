import type { WasmLaunch, WasmStep, WasmView } from '../backends/wasm/kernel.ts';
import { sizeOf, type Shape } from '../shape/shape.ts';
import { broadcastStrides, mergeAxes, stridesOf, type LoopAxis } from '../shape/strides.ts';

export interface WasmReduction {
  /** What is accumulated; squares of float32 only. */
  readonly accumulation: 'sum' | 'squares' | 'max';
  /** What the total is divided by; 1 when left out. */
  readonly divisor?: number;
  /** Whether the result is the square root of the total. */
  readonly root?: boolean;
}

/** How a kernel stores a total: see `assembly/reduce.ts`. */
const finish = { quotient: 0, root: 1, pair: 2 } as const;

/** Elements that are worth waking a thread for. */
const grainElements = 16384;
/** Columns that a kernel takes at once, and the bytes that it keeps for each. */
const blockColumns = 4096;
const bytesPerTotal = 8;
/** A reduction with less units of work is cut into about this many, if there are elements enough. */
const enoughUnits = 16;

/**
 * Steps of `assembly/reduce.ts` that reduce `axes` (from the front) of `x` into `output`.
 * How the work is cut depends on shapes alone, never on the number of threads.
 */
export function reduceSteps(
  x: WasmView,
  output: WasmView,
  axes: readonly number[],
  { accumulation, divisor = 1, root = false }: WasmReduction,
  launch: WasmLaunch,
): WasmStep[] {
  const type = x.dtype === 'float32' ? 'f32' : 'i32';
  const whole = planReduction(x.shape, axes);
  const plan = cut(whole, sizeOf(x.shape));
  const parts = plan.runParts * plan.combinationParts;
  const how = root ? finish.root : finish.quotient;
  if (parts === 1) return [reduceStep(`${accumulation}${plan.kind}_${type}`, plan, x.pointer, output.pointer, how, divisor)];

  // A part of a float32 sum is kept as two float32: nothing is rounded before the end.
  const isPair = type === 'f32' && accumulation !== 'max';
  const rows = parts * (isPair ? 2 : 1);
  const columns = plan.kind === 'Columns' ? plan.run : 1;
  const totals = launch.workspace(sizeOf(output.shape) * rows * 4);
  const second = planReduction([sizeOf(output.shape) / columns, rows, columns], [1]);
  const joining = accumulation === 'max' ? 'max' : 'sum';
  return [
    reduceStep(`${accumulation}${plan.kind}_${type}`, plan, x.pointer, totals, isPair ? finish.pair : finish.quotient, 1),
    reduceStep(`${joining}${second.kind}_${type}`, second, totals, output.pointer, how, divisor),
  ];
}

/** The step of `assembly/arg-max.ts` that finds positions in `axes` (from the front) of `x`. */
export function argMaxStep(x: WasmView, output: WasmView, axes: readonly number[]): WasmStep {
  const plan = planReduction(x.shape, axes);
  const type = x.dtype === 'float32' ? 'f32' : 'i32';
  return reduceStep(`argMax${plan.kind}_${type}`, plan, x.pointer, output.pointer, finish.quotient, 1);
}

/** Axes merged, the innermost of them as the run, which `Rows` reduce and `Columns` keep. */
interface ReductionPlan {
  readonly kind: 'Rows' | 'Columns';
  readonly run: number;
  readonly runParts: number;
  /** Choices of indices of the reduced axes other than the run. */
  readonly combinations: number;
  readonly combinationParts: number;
  /** Kept and reduced axes other than the run, with the strides of x. */
  readonly kept: readonly LoopAxis[];
  readonly reduced: readonly LoopAxis[];
}

/** The plan in one piece. */
function planReduction(shape: Shape, axes: readonly number[]): ReductionPlan {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  // Only neighbours of one kind merge: along reduced axes, and no others, the strides of the result are 0.
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

/** Cuts what is reduced into parts where there are many elements and few outputs. */
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
  how: number,
  divisor: number,
): WasmStep {
  const { kind, run, runParts, combinations, combinationParts, kept, reduced } = plan;
  const elementsPerUnit = Math.ceil((combinations / combinationParts) * (kind === 'Rows' ? run / runParts : Math.min(run, blockColumns)));
  return {
    entry,
    params: [
      ...[x, out, how, divisor],
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
