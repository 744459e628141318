// A program that trains a task of its own: a line through points that it reads by a module of its own.
import type { Source } from '@hypercorr/datasets';
import { Linear, SGD, constantSchedule } from '@hypercorr/nn';
import { fromArray, init, key, mean, square, sub, type Tensor } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { train } from '@hypercorr/train/node';
import { writeFile } from 'node:fs/promises';

interface Point {
  readonly x: number;
  readonly y: number;
}

type Column = Tensor<readonly [number, number], 'float32'>;

const reader = `export const createReader = () => ({ x }) => ({ x, y: 2 * x - 1 });`;
await writeFile('points.mjs', reader);

const engine = await init(wasm({ threads: 2 }));
const model = new Linear({ inFeatures: 1, outFeatures: 1, key: key(0) });
const training: Source<Point, { readonly x: number }> = {
  plan: (index) => ({ x: (index % 5) / 4 }),
  reader: { module: new URL('points.mjs', import.meta.url), options: null },
};
const column = (values: readonly number[]): Column => fromArray(Float32Array.from(values), [values.length, 1]);
const { run, ended } = await train<Point, { readonly x: Column; readonly y: Column }>({
  task: {
    kind: 'line',
    model,
    training,
    phases: [{ name: 'training', steps: 200, schedule: constantSchedule({ learningRate: 0.3 }) }],
    optimizer: (parameters, options) => new SGD(parameters, options),
    collate: (items) => [() => ({ x: column(items.map(({ x }) => x)), y: column(items.map(({ y }) => y)) })],
    loss: ({ x, y }) => ({ total: mean(square(sub(model.forward(x), y))) }),
    describe: () => null,
    nameOf: ({ x }) => `x = ${x}`,
  },
  engine,
  folder: 'run',
  resume: false,
  command: 'line',
  configuration: {},
  training: null,
  batch: 5,
  stepsPerEpoch: 200,
  onNan: 'stop',
  title: 'A line',
});
const loss = run.history.epochs.at(-1)?.loss ?? Number.NaN;
console.log(JSON.stringify({ description: engine.description, ended, step: run.step, learned: loss < 0.2 }));
run.dispose();
await engine.dispose();
