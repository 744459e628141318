import { classCounts } from '@hypercorr/datasets';
import { sceneSource, type LabelledImage, type SceneSource } from '@hypercorr/datasets/node';
import { Adam, cosineSchedule } from '@hypercorr/nn';
import { writeSafetensors } from '@hypercorr/nn/node';
import { add, childKeys, crossEntropy, fromArray, key, zeros, type Engine, type Key } from '@hypercorr/tensor';
import { counted, type Phase, type Task } from '@hypercorr/train';
import { RunLock, prepareToWrite, type StepRecord } from '@hypercorr/train/node';
import { imageBatch, type FeatureMap } from '@hypercorr/vision';
import { defineCommand, type Context, type Outcome } from '../cli/command.ts';
import { exitCodes } from '../cli/failure.ts';
import { givenValue, withDefault, type Settings } from '../cli/option.ts';
import { computing, output, own, seed } from '../cli/options.ts';
import { rememberedRun } from '../cli/remembered-run.ts';
import { trainPrepared, type PreparedTask } from './prepared-task.ts';
import { Labelling, uncounted } from './pretraining/labelling.ts';
import { PretrainingNetwork } from './pretraining/network.ts';
import { checkRun } from './training.ts';

/** Width and height of the pictures, the same as in the demo. */
const size = 160;
/** Steps over which the learning rate rises. */
const warmup = 50;
/** Steps from one checkpoint to the next, at most: about half a minute on two cores. */
const mostStepsPerEpoch = 100;

const usualOut = 'tiny.safetensors';
/** `--out` is a file here, and the run's folder lies beside it. */
const resumeOption: typeof own.resume = { ...own.resume, about: 'continue the run beside --out where it stopped' };

const options = {
  ...output,
  ...computing,
  seed,
  images: withDefault({ ...own.images, about: 'pictures of each class that the backbone is trained on' }, 70),
  steps: withDefault(own.steps, 3000),
  batch: withDefault({ ...own.batch, about: 'pictures in each step' }, 16),
  learningRate: withDefault({ ...own.learningRate, about: "Adam's largest learning rate" }, 2e-3),
  maxTime: own.maxTime,
  onNan: own.onNan,
  out: withDefault(own.outFile, usualOut),
  resume: resumeOption,
} as const;

type PretrainSettings = Settings<typeof options>;

/** The run's folder, which lies beside the file of weights. */
function runFolder(out: string): string {
  return `${out.replace(/\.safetensors$/, '')}.run`;
}

export const pretrainCommand = defineCommand({
  name: 'pretrain',
  summary: "trains the demo's tiny backbone from random weights",
  description:
    'The backbone learns to recognise, at every place of a picture, the part of the generated class and its texture. ' +
    'These classes are used neither for episodes nor as held-out classes. This command made the weights that come ' +
    'with this package, and their metadata records its options. The same seed gives the same weights. The run and its ' +
    'report are in a folder beside --out. Ctrl-C saves the run, and --resume continues it.',
  options,
  examples: [
    ['hypercorr pretrain --out tiny.safetensors', 'takes about twenty minutes on two cores; the run is in tiny.run'],
    ['hypercorr pretrain --out tiny.safetensors --resume', 'continues that run'],
    ['hypercorr pretrain --steps 20 --images 2', 'a short run'],
  ],
  remembered: (given) => rememberedRun(given, 'pretrain', runFolder(givenValue(own.outFile, given) ?? usualOut)),
  run,
});

async function run(settings: PretrainSettings, context: Context): Promise<Outcome> {
  const { images, steps, batch, learningRate, out, maxTime, onNan, seed: from } = settings;
  const folder = runFolder(out);
  prepareToWrite(out);
  const origin = { command: 'pretrain', out: folder, resume: settings.resume };
  const { configuration, resume } = checkRun(options, settings, origin, context.log);
  using _ = await RunLock.take(folder, 'hypercorr pretrain', context.interrupt);
  const engine = await context.engine(settings);
  const prepared = preparePretraining(settings);
  const result = await trainPrepared(
    prepared,
    {
      command: 'pretrain',
      configuration,
      out: folder,
      resume,
      batch,
      // The random places that count in the loss are drawn for a whole batch, so it is not divided.
      microBatch: batch,
      // A short training has about twenty epochs.
      stepsPerEpoch: Math.min(mostStepsPerEpoch, Math.ceil(steps / 20)),
      top: 0,
      maxTime,
      onNan,
    },
    engine,
    context,
  );
  const { files, history, step, task } = result.run;
  const { finished, ended } = result;
  using network = task.model;
  if (!(network instanceof PretrainingNetwork)) throw new TypeError('[pretrain] the run trains another network');
  const loss = runningLoss(history.steps);
  if (!finished) {
    context.log.say(`saved at step ${step}; go on with: hypercorr pretrain --out ${out} --resume`);
    return {
      json: { finished, ended, step, loss, checkpoint: files.last, report: files.report },
      text: `stopped at step ${step} of ${steps}`,
      exitCode: ended === 'interrupt' ? exitCodes.interrupted : exitCodes.done,
    };
  }
  const backbone = network.backbone.eval();
  const parameters = backbone.parameters().reduce((sum, { value }) => sum + value.size, 0);
  const classes = prepared.source.classes.map(({ name }) => name);
  const command = `hypercorr pretrain --seed ${from} --images ${images} --steps ${steps} --batch ${batch} --lr ${learningRate}`;
  await writeSafetensors(out, backbone.stateDict(), {
    metadata: { command, classes: classes.join(' '), loss: loss.toFixed(4) },
  });
  return {
    json: { finished, ended, out, command, loss, parameters, classes, report: files.report },
    text: `${out}: ${parameters} parameters, trained on ${counted(classes.length, 'class')}; loss ${loss.toFixed(3)}\nlook at ${files.report}`,
  };
}

/** A running mean over about a hundred steps. */
function runningLoss(steps: readonly StepRecord[]): number {
  return steps.reduce((mean, { loss }, i) => (i === 0 ? loss : 0.98 * mean + 0.02 * loss), Number.NaN);
}

/** A batch of pictures, and what each level of features should tell of them. */
interface PretrainingBatch {
  readonly images: FeatureMap;
  /** The step's random numbers behind those that chose its pictures. */
  readonly step: number;
  readonly labels: Uint16Array;
}

/** Pretraining, ready but for an engine. */
export function preparePretraining({
  images,
  steps,
  batch,
  learningRate,
  seed: from,
}: Pick<PretrainSettings, 'images' | 'steps' | 'batch' | 'learningRate' | 'seed'>): PreparedTask<
  LabelledImage,
  PretrainingBatch
> & { readonly source: SceneSource } {
  const [weightKey, dataKey] = childKeys(key(from), 2) as [Key, Key];
  const source = sceneSource({ seed: from, size, set: 'backbone', imagesPerClass: images, batch, key: dataKey });
  const labelling = new Labelling(source.classes);
  const share = cosineSchedule({ learningRate: 1, warmup, steps });
  const phase: Phase = { name: 'training', steps, schedule: (step) => learningRate * share(step) };
  const networkOn = (engine: Engine, from: Key | null) =>
    new PretrainingNetwork({ parts: labelling.partCount, textures: labelling.textureCount, key: from, engine });

  const learning = (
    model: PretrainingNetwork,
    engine: Engine,
  ): Pick<Task<LabelledImage, PretrainingBatch>, 'model' | 'optimizer' | 'loss'> => ({
    model,
    optimizer: (parameters, settings) => new Adam(parameters, settings),
    // The sum over levels of the mean cross-entropies of parts and of textures.
    loss({ images: input, step, labels }) {
      const draws = source.drawsAfter(step);
      const [count] = input.shape;
      const losses = model.forward(input).map(({ part, texture }) => {
        const side = part.shape[2];
        const { parts, textures } = labelling.targets({ count, size, labels }, side, draws);
        const target = (each: Int32Array) => fromArray(each, [count, side, side] as const, { engine });
        const left = { ignoreIndex: uncounted };
        return add(crossEntropy(part, target(parts), left), crossEntropy(texture, target(textures), left));
      });
      return { total: losses.reduce((sum, loss) => add(sum, loss)) };
    },
  });

  return {
    source,
    phases: [phase],
    passes: 1,
    training: { classes: source.classes.map(({ name }) => name), images, seed: from },
    title: `Pretraining of the tiny backbone on ${counted(classCounts.backbone, 'class')}`,
    plan: (engine) => ({
      ...learning(networkOn(engine, null), engine),
      blank: (count) => ({
        images: zeros([count, 3, size, size], { engine }),
        step: 0,
        labels: new Uint16Array(count * size * size),
      }),
    }),
    build: async (engine) => ({
      kind: 'pretraining',
      ...learning(networkOn(engine, weightKey), engine),
      training: source,
      phases: [phase],
      collate: (items, [first = 0]) => [
        () => ({
          images: imageBatch(items, { engine }),
          step: Math.floor(first / batch),
          labels: joinedLabels(items),
        }),
      ],
      describe: () => ({ backbone: 'tiny', size }),
      nameOf: ({ image: { width, height } }) => `a picture of ${width}×${height}`,
    }),
  };
}

function joinedLabels(items: readonly LabelledImage[]): Uint16Array {
  return Uint16Array.from(items.flatMap(({ labels }) => [...labels]));
}
