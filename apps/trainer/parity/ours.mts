/**
 * Twenty steps of training, recorded so that PyTorch can take the same ones: the weights before the first step, every
 * step's tensors, and the losses. `theirs.py` takes them and compares. From the repository's root:
 *
 *     npx --no-install hypercorr datasets generate --out DATA --images 4
 *     node --conditions=source --import tsx apps/trainer/parity/ours.mts --data DATA/episodes --out DIR
 *     python3 apps/trainer/parity/theirs.py PEERS DIR        # PEERS: a folder with an HSNet of PyTorch, hsnet_torch.py
 *
 * The learning rate is 1e-4 unless `--lr` says otherwise. At the published 1e-3 the first steps of Adam from these
 * weights are chaotic: rounding grows threefold a step, and PyTorch in float32 parts from PyTorch in float64 (`theirs.py
 * --double` shows it) as far as from us. With `--drawn` the learner's weights are drawn as PyTorch draws them, and 1e-3 is
 * calmer.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Episode } from '@hypercorr/datasets';
import { episodeSource, openDataset, Prefetcher } from '@hypercorr/datasets/node';
import { backboneNames } from '@hypercorr/vision';
import { HSNet, episodeBatch, fewShotTask, kernelNames } from '@hypercorr/hsnet';
import { writeSafetensors } from '@hypercorr/nn/node';
import { init, keep, key, scope, type Tensor } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { optimizerOf, trainStep, type Phase } from '@hypercorr/train';
import { fill } from '../../../packages/vision/test/support/fill.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    backbone: { type: 'string', default: 'resnet50' },
    kernel: { type: 'string', default: 'center-pivot' },
    size: { type: 'string', default: '128' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '20' },
    lr: { type: 'string', default: '1e-4' },
    seed: { type: 'string', default: '0' },
    drawn: { type: 'boolean', default: false },
  },
});
const { data, out } = values;
const backbone = backboneNames.find((name) => name === values.backbone);
const kernel = kernelNames.find((name) => name === values.kernel);
if (data === undefined || out === undefined || backbone === undefined || kernel === undefined) {
  throw new Error(
    `needs --data DIR and --out DIR; backbones are ${backboneNames.join(', ')}, kernels ${kernelNames.join(', ')}`,
  );
}
const [size, batch, steps, seed, learningRate] = [values.size, values.batch, values.steps, values.seed, values.lr].map(
  Number,
) as [number, number, number, number, number];

const engine = await init(wasm());
process.stderr.write(`${engine.description}\n`);
mkdirSync(out, { recursive: true });
const dataset = await openDataset({ layout: 'fss', root: data });
const shots = 1;
const training = episodeSource(dataset, { seed, shots, size: { width: size, height: size } });

const model = new HSNet({ backbone, kernel, key: values.drawn ? key(seed) : null });
// Values that any language computes from the tensors' names: no pretrained weights are needed, and the features vary.
fill(values.drawn ? model.backbone : model);
model.train();
await writeSafetensors(join(out, 'weights.safetensors'), model.stateDict());
await writeSafetensors(join(out, 'episodes.safetensors'), await recordedBatches());

const phase: Phase = { name: 'training', steps, schedule: () => learningRate };
const task = fewShotTask({
  model,
  description: { backbone, kernel, supportMasking: true, additions: [], size },
  training,
  phase,
  shots,
  foregroundWeight: 1,
  backboneFactor: 0,
});
const optimizer = optimizerOf(task, phase);
const items = new Prefetcher(training, {
  ahead: batch,
  onFault: ({ error }) => process.stderr.write(`${error.message}\n`),
});
const losses: number[] = [];
const start = performance.now();
for (let step = 0; step < steps; step += 1) {
  const outcome = await trainStep({ task, phase, optimizer, items, batch, atOnce: batch });
  if (!outcome.taken) throw new Error(outcome.fault);
  losses.push(outcome.loss);
  process.stderr.write(`step ${step + 1} of ${steps}, loss ${losses.at(-1)?.toFixed(6)}\n`);
}
await items.close();
const seconds = (performance.now() - start) / 1000;
writeFileSync(
  join(out, 'ours.json'),
  JSON.stringify({ backbone, kernel, size, batch, steps, learning_rate: learningRate, losses, seconds }),
);
await engine.dispose();

/** `query.0`, `support.0`, `mask.0`, `labels.0` and so on: what each step is given. */
async function recordedBatches(): Promise<Record<string, Tensor>> {
  const all: Episode[] = [];
  for await (const { item } of new Prefetcher(training, { end: steps * batch })) all.push(item);
  const steady = Array.from({ length: steps }, (_, step) => all.slice(step * batch, (step + 1) * batch));
  return Object.fromEntries(
    steady.flatMap((part, step) =>
      Object.entries(keep(scope(() => ({ ...episodeBatch(part, 0, engine) })))).map(([name, tensor]) => [
        `${name}.${step}`,
        tensor,
      ]),
    ),
  );
}
