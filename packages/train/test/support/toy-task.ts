import type { Source } from '@hypercorr/datasets';
import { Linear, Module, SGD, constantSchedule } from '@hypercorr/nn';
import {
  fold,
  fromArray,
  key,
  mean,
  read,
  scope,
  square,
  sub,
  uniformNumbers,
  type Engine,
  type Tensor,
} from '@hypercorr/tensor';
import type { Meter, Phase, Task } from '../../src/index.ts';
import type { Point, PointPlan } from './toy-reader.ts';

/** One weight and one bias. */
export class Line extends Module {
  readonly linear: Linear;

  constructor(engine: Engine, seed: number) {
    super();
    this.linear = new Linear({ inFeatures: 1, outFeatures: 1, key: key(seed), engine });
  }

  forward(x: Tensor<readonly [number, number], 'float32'>): Tensor<readonly [number, number], 'float32'> {
    return this.linear.forward(x);
  }
}

export interface PointOptions {
  readonly seed?: number;
  readonly length?: number;
  /** Which points are faulty. */
  readonly faults?: Readonly<Record<number, PointPlan['fault']>>;
}

/** Points of a line. */
export function points(
  options: PointOptions & { readonly length: number },
): Source<Point, PointPlan> & { readonly length: number };
export function points(options?: PointOptions): Source<Point, PointPlan>;
export function points({ seed = 0, length, faults = {} }: PointOptions = {}): Source<Point, PointPlan> {
  return {
    unit: 'point',
    ...(length === undefined ? {} : { length }),
    plan(index) {
      const [x = 0, noise = 0] = uniformNumbers(fold(key(seed), index), 2);
      const fault = faults[index];
      return { x, noise: noise / 100, ...(fault === undefined ? {} : { fault }) };
    },
    reader: { module: new URL('toy-reader.ts', import.meta.url), options: null },
  };
}

/** The mean squared error over points. Lower is better. */
export class ErrorMeter implements Meter<Point> {
  readonly counts = new Float64Array(2);
  readonly #model: Line;

  constructor(model: Line) {
    this.#model = model;
  }

  async add({ x, y }: Point): Promise<void> {
    using predicted = scope(() =>
      this.#model.forward(fromArray(Float32Array.of(x), [1, 1], { engine: this.#model.linear.weight.value.engine })),
    );
    const [found = Number.NaN] = await read(predicted);
    this.counts[0] = (this.counts[0] ?? 0) + (found - y) ** 2;
    this.counts[1] = (this.counts[1] ?? 0) + 1;
  }

  figures(): Readonly<Record<string, number>> {
    const [sum = 0, count = 0] = this.counts;
    return { error: sum / count };
  }

  cards() {
    return [{ kind: 'table', title: 'Weights', columns: [{ title: 'name' }], rows: [['<slope>']] }] as const;
  }
}

export interface Batch {
  readonly x: Tensor<readonly [number, number], 'float32'>;
  readonly y: Tensor<readonly [number, number], 'float32'>;
}

export interface LineOptions extends PointOptions {
  readonly engine: Engine;
  readonly phases?: readonly Phase[];
  readonly steps?: number;
  readonly learningRate?: number;
  readonly validated?: boolean;
}

/** Learns a line by gradient descent with momentum; phases that are named after a parameter train it alone. */
export function lineTask({
  engine,
  steps = 6,
  learningRate = 0.1,
  phases,
  validated = true,
  ...options
}: LineOptions): Task<Point, Batch> {
  const model = new Line(engine, 3);
  const column = (values: readonly number[]) =>
    fromArray(Float32Array.from(values), [values.length, 1] as const, { engine });
  return {
    kind: 'line',
    model,
    training: points(options),
    phases: phases ?? [{ name: 'training', steps, schedule: constantSchedule({ learningRate }) }],
    rateFactor: (parameter, { name }) => (name === 'training' || parameter.endsWith(name) ? 1 : 0),
    optimizer: (parameters, settings) => new SGD(parameters, { ...settings, momentum: 0.9 }),
    collate: (items) => [() => ({ x: column(items.map(({ x }) => x)), y: column(items.map(({ y }) => y)) })],
    loss({ x, y }) {
      const total = mean(square(sub(model.forward(x), y)));
      const { bias } = model.linear;
      return { total, ...(bias === undefined ? {} : { bias: mean(square(bias.value)) }) };
    },
    ...(validated
      ? {
          validation: {
            name: 'validation',
            source: points({ seed: 1, length: 5 }),
            meter: () => new ErrorMeter(model),
            best: { figure: 'error', higher: false },
            labels: { error: 'mean error' },
            protocol: 'The mean squared error of five points.',
          },
        }
      : {}),
    describe: () => ({ inputs: 1 }),
    nameOf: ({ x }) => `x = ${x}`,
  };
}
