import { f32Bits, type WasmLaunch, type WasmStep, type WasmView } from '../backends/wasm/kernel.ts';
import { sizeAt, sizeOf } from '../shape/shape.ts';
import { elementGrain } from './elementwise.ts';

/** How coordinates become places along one axis of an image. */
interface PlaceRule {
  readonly size: number;
  readonly slope: number;
  readonly isBorder: boolean;
}

type PlaceRules = readonly [y: PlaceRule, x: PlaceRule];

/** Bytes that `assembly/grid-sample.ts` keeps for each place: two offsets and four weights. */
const cornerBytes = 24;

/** Steps that sample images x at the places of a grid. */
export function gridSampleSteps(
  x: WasmView,
  grid: WasmView,
  output: WasmView,
  rules: PlaceRules,
  launch: WasmLaunch,
): WasmStep[] {
  const { step, table, samples } = cornersOf(grid, rules, launch);
  return [
    step,
    {
      entry: 'grid_sample',
      params: [x.pointer, table, output.pointer, sizeAt(x.shape, 1), sizeOf(x.shape.slice(2)), samples],
      items: sizeOf(output.shape),
      grain: elementGrain / 4,
    },
  ];
}

/** Steps for the gradient of the images. A unit of work is a plane; planes share no pixel. */
export function gridSampleInputGradientSteps(
  cotangent: WasmView,
  grid: WasmView,
  output: WasmView,
  rules: PlaceRules,
  launch: WasmLaunch,
): WasmStep[] {
  const { step, table, samples } = cornersOf(grid, rules, launch);
  const pixels = sizeOf(output.shape.slice(2));
  return [
    step,
    {
      entry: 'grid_sample_input_gradient',
      params: [cotangent.pointer, table, output.pointer, sizeAt(output.shape, 1), pixels, samples],
      items: sizeOf(output.shape.slice(0, 2)),
      grain: Math.ceil(elementGrain / (pixels + 4 * samples)),
    },
  ];
}

/** A step for the gradient of the grid. A unit of work is a place. */
export function gridSampleGridGradientStep(
  cotangent: WasmView,
  x: WasmView,
  grid: WasmView,
  output: WasmView,
  rules: PlaceRules,
): WasmStep {
  const [, channels = 0] = x.shape;
  const samples = sizeOf(grid.shape.slice(1, 3));
  return {
    entry: 'grid_sample_grid_gradient',
    params: [grid.pointer, ...ruleWords(rules), cotangent.pointer, x.pointer, output.pointer, channels, samples],
    items: sizeOf(grid.shape.slice(0, 3)),
    grain: Math.ceil(elementGrain / (8 + 4 * channels)),
  };
}

/** A step that makes a table with the corners of each place: their offsets in a plane and their weights. */
function cornersOf(
  grid: WasmView,
  rules: PlaceRules,
  launch: WasmLaunch,
): { step: WasmStep; table: number; samples: number } {
  const places = sizeOf(grid.shape.slice(0, 3));
  const table = launch.workspace(places * cornerBytes);
  const step = {
    entry: 'grid_sample_corners',
    params: [grid.pointer, ...ruleWords(rules), table],
    items: places,
    grain: elementGrain / 16,
  };
  return { step, table, samples: sizeOf(grid.shape.slice(1, 3)) };
}

function ruleWords([vertical, horizontal]: PlaceRules): number[] {
  return [
    ...[vertical.size, horizontal.size],
    ...[f32Bits(vertical.slope), f32Bits(horizontal.slope), Number(vertical.isBorder)],
  ];
}
