import { classCounts } from '@hypercorr/datasets';
import { writeSafetensors } from '@hypercorr/nn/node';
import { defineCommand, type Context } from '../cli/command.ts';
import { prepareToWrite } from '@hypercorr/train/node';
import { counted } from '@hypercorr/train';
import { withDefault, type Settings } from '../cli/option.ts';
import { computing, output, own, seed } from '../cli/options.ts';
import { Examples } from '../pretrain/examples.ts';
import { pretrain } from '../pretrain/pretrain.ts';

/** Pictures of 160×160, as the demo's. */
const size = 160;

const options = {
  ...output,
  ...computing,
  seed,
  images: withDefault({ ...own.images, about: 'pictures of each of the classes that train the backbone' }, 70),
  steps: withDefault(own.steps, 3000),
  batch: withDefault({ ...own.batch, about: 'pictures a step' }, 16),
  learningRate: withDefault({ ...own.learningRate, about: "Adam's largest learning rate" }, 2e-3),
  out: withDefault(own.outFile, 'tiny.safetensors'),
} as const;

export const pretrainCommand = defineCommand({
  name: 'pretrain',
  summary: 'trains the tiny backbone, which the demo needs, from nothing',
  description:
    'On pictures of generated classes that are neither used for episodes nor held out: to tell at every place which part of ' +
    'which class is there, and which texture it wears. The weights that come with this package were made by this command, ' +
    'and say in their metadata by which options. The same seed gives the same weights.',
  options,
  examples: [
    ['hypercorr pretrain --out tiny.safetensors', 'about twenty minutes on two cores'],
    ['hypercorr pretrain --steps 20 --images 2', 'a short one'],
  ],
  run,
});

async function run(settings: Settings<typeof options>, { log, engine: startEngine }: Context) {
  const { images, steps, batch, learningRate, out, seed: from } = settings;
  prepareToWrite(out);
  const engine = await startEngine(settings);
  const drawing = log.progress(images * classCounts.backbone, { unit: 'image' });
  const examples = new Examples({ imagesPerClass: images, size, seed: from }, (done) => drawing.update(done));
  const progress = log.progress(steps);
  let loss = Number.NaN;
  using backbone = await pretrain({
    engine,
    examples,
    steps,
    batch,
    learningRate,
    seed: from,
    onStep(step, value) {
      // A running mean over about a hundred steps.
      loss = step === 1 ? value : 0.98 * loss + 0.02 * value;
      progress.update(step, `loss ${loss.toFixed(3)}`);
    },
  });
  const parameters = backbone.parameters().reduce((sum, { value }) => sum + value.size, 0);
  const classes = examples.classes.map(({ name }) => name);
  const command = `hypercorr pretrain --seed ${from} --images ${images} --steps ${steps} --batch ${batch} --lr ${learningRate}`;
  await writeSafetensors(out, backbone.stateDict(), {
    metadata: { command, classes: classes.join(' '), loss: loss.toFixed(4) },
  });
  return {
    json: { out, command, loss, parameters, classes },
    text: `${out}: ${parameters} parameters, trained on ${counted(classes.length, 'class')}; loss ${loss.toFixed(3)}`,
  };
}
