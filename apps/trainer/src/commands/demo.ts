import { join } from 'node:path';
import { everyQuery, type Dataset } from '@hypercorr/datasets';
import { openDataset } from '@hypercorr/datasets/node';
import { FewShotMeter } from '@hypercorr/hsnet';
import { counted, duration } from '@hypercorr/train';
import { RunLock, freshFolder, numberedFolders } from '@hypercorr/train/node';
import { defineCommand, type Context, type Outcome } from '../cli/command.ts';
import { demoFolder } from '../cli/demo-weights.ts';
import type { ComputingSettings } from '../cli/engine.ts';
import { CommandError, UsageError, exitCodes } from '../cli/failure.ts';
import { givenValue, withDefault } from '../cli/option.ts';
import { computing, output, own, seed } from '../cli/options.ts';
import { rememberedRun } from '../cli/remembered-run.ts';
import { baselineFigures, baselineLine } from './eval/baseline-figures.ts';
import { prepareFewShot } from '../tasks/few-shot.ts';
import { trainPrepared } from '../tasks/prepared-task.ts';
import { checkRun } from '../tasks/training.ts';
import { checkDrawable, checkDrawn, drawDemoDataset } from './demo/draw-dataset.ts';

/** The settings of a demo. */
export interface DemoRecipe {
  /** Width and height of the images. */
  readonly size: number;
  readonly imagesPerClass: { readonly episodes: number; readonly 'held-out': number };
  readonly steps: number;
  readonly batch: number;
  readonly shots: number;
  readonly learningRate: number;
  /** The steps over which the learning rate rises. After them it falls along a cosine. */
  readonly warmup: number;
  /** See `segmentationLoss`. */
  readonly foregroundWeight: number;
  /** The folder for the results without `--out`. If it exists, a number is appended. */
  readonly out: string;
  /** The file of the `tiny` backbone's weights; the one that comes with this program by default. */
  readonly backboneWeights?: string;
}

/** Small enough for five minutes on two cores, and enough to learn from. */
const usualRecipe: DemoRecipe = {
  size: 160,
  imagesPerClass: { episodes: 30, 'held-out': 20 },
  steps: 600,
  batch: 4,
  shots: 1,
  learningRate: 1e-3,
  warmup: 20,
  foregroundWeight: 2,
  out: demoFolder,
};

/** The demo as people run it. */
export const demoCommand = demoOf(usualRecipe);

/** Makes the demo command for a recipe. */
export function demoOf(recipe: DemoRecipe) {
  const { imagesPerClass, steps, out: usualOut } = recipe;
  const options = {
    ...output,
    ...computing,
    seed,
    steps: withDefault(own.steps, steps),
    out: own.out,
    resume: own.resume,
  } as const;
  const newest = (): string | undefined => numberedFolders(usualOut)[0];
  return defineCommand({
    name: 'demo',
    summary: 'generates a small dataset, trains a small HSNet on it, and scores it on classes it never saw',
    description:
      `Draws ${imagesPerClass.episodes} images of each class for episodes and ${imagesPerClass['held-out']} of each held-out class. Trains for a fixed number of ` +
      'steps with the frozen tiny backbone. Scores every held-out image once as the query, and compares with baselines that ' +
      `need no learning. The same seed gives the same figures. Every demo writes to a new folder (${usualOut}, ${usualOut}-2, …), unless --out names one.`,
    options,
    examples: [
      ['hypercorr demo', `takes about five minutes on two cores and writes ${usualOut}/report.html`],
      ['hypercorr demo --steps 20 --out /tmp/try --json', 'a short demo'],
    ],
    remembered: (given) => rememberedRun(given, 'demo', givenValue(own.out, given) ?? newest()),
    run(settings, context) {
      const out = settings.out ?? (settings.resume ? newest() : freshFolder(usualOut));
      if (out === undefined) throw new UsageError(`there is no demo to resume: ${usualOut} does not exist`);
      const asked = { ...settings, out };
      const { configuration, resume } = checkRun(options, asked, { ...asked, command: 'demo' }, context.log);
      return demo(recipe, { ...asked, resume }, configuration, context);
    },
  });
}

interface DemoSettings extends ComputingSettings {
  readonly seed: number;
  readonly steps: number;
  readonly out: string;
  readonly resume: boolean;
}

async function demo(
  recipe: DemoRecipe,
  settings: DemoSettings,
  configuration: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<Outcome> {
  const begin = performance.now();
  const { out, resume, steps, seed: from } = settings;
  const { log } = context;
  const data = join(out, 'data');
  if (!resume) checkDrawable(data);
  using _ = await RunLock.take(out, 'hypercorr demo', context.interrupt);
  const { size, imagesPerClass } = recipe;
  const drawing = { root: data, seed: from, size, imagesPerClass };
  if (resume) checkDrawn(data, drawing, out);
  else {
    log.say(`draws the dataset into ${data}`);
    await drawDemoDataset({ ...drawing, onProgress: log.counting('image') });
  }
  const [episodes, heldOut] = await Promise.all([openSet(data, 'episodes'), openSet(data, 'held-out')]);

  const engine = await context.engine(settings);
  const { shots, batch, learningRate, warmup, foregroundWeight, backboneWeights } = recipe;
  const protocol = `every-query: each image of ${heldOut.classes.length} held-out classes once as the query, ${shots}-shot, ${size}×${size}, seed ${from}`;
  const prepared = prepareFewShot({
    resume,
    files: { backbone: 'tiny', kernel: undefined, weights: undefined, backboneWeights, size, supportMask: undefined },
    description: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, additions: [], size },
    benchmark: 'generated',
    origin: {},
    train: episodes,
    shots,
    trainBackbone: false,
    augment: [],
    schedule: { schedule: 'cosine', learningRate, warmup },
    steps,
    foregroundWeight,
    seed: from,
    scoring: {
      name: 'held-out',
      dataset: heldOut,
      plans: everyQuery(heldOut, { seed: from, shots }),
      protocol,
      selects: false,
      baselines: true,
    },
  });
  const result = await trainPrepared(
    prepared,
    {
      command: 'demo',
      configuration,
      fixed: recipeInWords(recipe),
      out,
      resume,
      batch,
      stepsPerEpoch: steps,
      top: 0,
      onNan: 'stop',
    },
    engine,
    context,
  );
  const { run, finished, scored, pictures } = result;
  const { files, history } = run;
  const named = { report: files.report, weights: files.best, metrics: files.history, overlays: pictures, data };
  const seconds = Number(((performance.now() - begin) / 1000).toFixed(1));
  if (finished && scored === undefined)
    throw new CommandError(
      `the demo in ${out} is finished: look at ${files.report}; without --resume a new demo begins`,
    );
  if (scored === undefined) {
    log.say(`saved at step ${run.step}; go on with: hypercorr demo --out ${out} --resume`);
    return {
      json: { finished, step: run.step, files: named },
      text: `interrupted at step ${run.step}`,
      exitCode: exitCodes.interrupted,
    };
  }
  const { meter, skipped } = scored;
  if (!(meter instanceof FewShotMeter)) throw new TypeError('[demo] the demo is scored by a few-shot meter');
  const { score } = meter;
  const baselines = meter.baselines === undefined ? [] : baselineFigures(meter.baselines);
  const names = new Map(heldOut.classes.map(({ id, name }) => [id, name]));
  const json = {
    protocol,
    miou: score.miou,
    fb_iou: score.fbIou,
    baselines,
    classes: score
      .classes()
      .map(({ id, iou, intersection, union }) => ({ id, name: names.get(id), iou, intersection, union })),
    episodes: score.episodes,
    skipped,
    steps,
    loss: history.epochs.at(-1)?.loss,
    seconds,
    backend: engine.description,
    files: named,
  };
  const rows = meter.classRows();
  const [best, worst] = [rows.at(0), rows.at(-1)].map((row) =>
    row === undefined ? '' : `${row.name} ${row.iou.toFixed(1)}`,
  );
  const text = [
    `held-out mIoU ${score.miou.toFixed(1)}, FB-IoU ${score.fbIou.toFixed(1)}, on ${score.episodes} episodes of ${rows.length} classes that nothing was trained on`,
    `(the best class: ${best}, the worst: ${worst}), after ${counted(steps, 'step')}; ${duration(seconds)} in all`,
    'segmentations that need no learner, on the same episodes (mIoU):',
    ...baselines.map(baselineLine),
    `look at ${files.report} and the pictures in ${files.pictures}; the weights are in ${files.best}`,
  ].join('\n');
  return { json, text };
}

/** The recipe for the report, under the names of `train`'s options. */
function recipeInWords({
  size,
  imagesPerClass,
  batch,
  shots,
  learningRate,
  warmup,
  foregroundWeight,
}: DemoRecipe): Readonly<Record<string, unknown>> {
  return {
    backbone: 'tiny, frozen',
    kernel: 'center-pivot',
    size,
    batch,
    shots,
    lr: learningRate,
    schedule: 'cosine',
    warmup,
    'foreground-weight': `${foregroundWeight} (published: 1)`,
    images: `${imagesPerClass.episodes} of each class to train on, ${imagesPerClass['held-out']} of each held-out class`,
  };
}

function openSet(data: string, set: keyof DemoRecipe['imagesPerClass']): Promise<Dataset> {
  return openDataset({ layout: 'fss', root: join(data, set) });
}
