/**
 * npm start [-- --steps N --seed N --threads N --out DIR --json --quiet]
 *
 * Trains a small network to tell two spirals apart, scores it on points it never saw, and draws what it learned.
 * Progress goes to stderr, the result to stdout.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Adam, Linear, ReLU, Sequential, lossAndGradients } from '@hypercorr/nn';
import {
  argMax,
  crossEntropy,
  fromArray,
  init,
  item,
  key,
  readSync,
  scope,
  softmax,
  split,
  type Key,
} from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { drawDecision, sketchDecision } from './picture.ts';
import { Progress } from './progress.ts';
import { pixelGrid, twoSpirals, type Points } from './spiral-data.ts';

const { values } = readArguments();
const steps = wholeNumber('steps', values.steps, 1);
const seed = wholeNumber('seed', values.seed, 0);
const threads = values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1);

const engine = await init(wasm(threads === undefined ? {} : { threads }));
const say = (text: string): void => void (values.quiet || process.stderr.write(`${text}\n`));
say(engine.description);

const [trainKey, testKey, weightKey] = split(key(seed), 3) as [Key, Key, Key];
const train = twoSpirals(trainKey, 300);
const test = twoSpirals(testKey, 300);
const model = network(weightKey);
const optimizer = new Adam(model, { learningRate: 1e-2 });

const start = performance.now();
const loss = await fit(train);
const seconds = (performance.now() - start) / 1000;
const result = {
  accuracy: accuracy(test),
  loss,
  steps,
  seed,
  seconds: Number(seconds.toFixed(2)),
  backend: engine.description,
  picture: draw(values.out),
};
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  if (!values.quiet) process.stdout.write(`${sketchDecision(classOneProbability(pixelGrid(28)), 28)}\n`);
  const percent = (100 * result.accuracy).toFixed(1);
  process.stdout.write(`${percent} % of ${test.labels.length} points it never saw are right, after ${steps} steps in ${seconds.toFixed(1)} s\n`);
  process.stdout.write(`look at ${relative(process.cwd(), result.picture)}\n`);
}
model.dispose();
optimizer.dispose();
await engine.dispose();

/** Two hidden layers of 64: enough to bend around both spirals. */
function network(from: Key): Sequential {
  const keys = split(from, 3) as [Key, Key, Key];
  return new Sequential(
    new Linear({ inFeatures: 2, outFeatures: 64, key: keys[0] }),
    new ReLU(),
    new Linear({ inFeatures: 64, outFeatures: 64, key: keys[1] }),
    new ReLU(),
    new Linear({ inFeatures: 64, outFeatures: 2, key: keys[2] }),
  );
}

/** Trains on all points at once and returns the last step's loss. */
async function fit(points: Points): Promise<number> {
  const progress = new Progress(steps);
  using x = fromArray(points.positions, [points.labels.length, 2]);
  using labels = fromArray(points.labels, [points.labels.length]);
  let latest = NaN;
  for (let step = 1; step <= steps; step += 1) {
    using stepLoss = scope(() => {
      const { loss: value, gradients } = lossAndGradients(model, () => crossEntropy(model.forward(x), labels));
      optimizer.step(gradients);
      return value;
    });
    latest = await item(stepLoss);
    if (!values.quiet) progress.update(step, `loss ${latest.toFixed(4)}`);
  }
  return latest;
}

function accuracy({ positions, labels }: Points): number {
  const predicted = scope(() => readSync(argMax(model.forward(fromArray(positions, [labels.length, 2])), { axes: 1 })));
  return labels.filter((label, i) => predicted[i] === label).length / labels.length;
}

function classOneProbability(positions: Float32Array): Float32Array {
  const both = scope(() => readSync(softmax(model.forward(fromArray(positions, [positions.length / 2, 2])), 1)));
  return both.filter((_, i) => i % 2 === 1);
}

function draw(folder: string): string {
  const side = 440;
  const path = join(folder, 'spirals.png');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, drawDecision(classOneProbability(pixelGrid(side)), side, train));
  return path;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        steps: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '0' },
        threads: { type: 'string' },
        out: { type: 'string', default: 'runs/spirals' },
        json: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= least ? value : refuse(`--${name} takes a whole number from ${least}, got ${text}`);
}

function refuse(message: string): never {
  process.stderr.write(`spirals: ${message}\n`);
  process.exit(2);
}
