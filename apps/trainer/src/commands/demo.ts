import { join } from 'node:path';
import { everyQuery, type Dataset } from '@hypercorr/datasets';
import { openDataset } from '@hypercorr/datasets/node';
import { defineCommand, type Context, type Outcome } from '../cli/command.ts';
import { checkDrawn, checkRedrawable, redrawDataset } from './demo/draw-dataset.ts';
import type { ComputingSettings } from '../cli/engine.ts';
import { CommandError, exitCodes } from '../cli/failure.ts';
import { configurationOf, withDefault } from '../cli/option.ts';
import { computing, output, own, seed } from '../cli/options.ts';
import { baselineLine } from '../report/baseline-figures.ts';
import { duration } from '../cli/progress.ts';
import { classRows } from '../report/run-report.ts';
import { checkUnchanged, rememberedRun, rememberedSettings } from '../training/remembered-run.ts';
import { checkNewRun, isRunOf } from '../training/run-folder.ts';
import { RunLock } from '../training/run-lock.ts';
import { train } from '../training/session.ts';
import { counted } from '../cli/words.ts';

/** What a demo does. */
export interface DemoRecipe {
  /** Width and height of the images. */
  readonly size: number;
  readonly imagesPerClass: { readonly episodes: number; readonly 'held-out': number };
  readonly steps: number;
  readonly batch: number;
  readonly shots: number;
  readonly learningRate: number;
  /** Steps over which the learning rate rises, before it falls by a cosine. */
  readonly warmup: number;
  /** See `segmentationLoss`. */
  readonly foregroundWeight: number;
  /** Where the results go unless an option says otherwise. */
  readonly out: string;
  /** Weights of the `tiny` backbone; without, those that come with this program. */
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
  out: 'runs/demo',
};

/** The demo as `npm start` runs it. */
export const demoCommand = demoOf(usualRecipe);

/** The command for a recipe. */
export function demoOf(recipe: DemoRecipe) {
  const { imagesPerClass, steps, out } = recipe;
  const options = {
    ...output,
    ...computing,
    seed,
    steps: withDefault(own.steps, steps),
    out: withDefault(own.out, out),
    resume: own.resume,
  } as const;
  return defineCommand({
    name: 'demo',
    summary: 'generates a small dataset, trains a small HSNet on it, and scores it on classes it never saw',
    description:
      `Draws ${imagesPerClass.episodes} images of each class for episodes and ${imagesPerClass['held-out']} of each held-out class, trains for a fixed number of ` +
      'steps with the frozen tiny backbone, and scores every held-out image once as the query, beside segmentations that ' +
      'need no learning. The same seed gives the same figures. A demo that is there already is replaced once this one has a checkpoint.',
    options,
    examples: [
      ['hypercorr demo', `about five minutes on two cores; leaves ${out}/report.html`],
      ['hypercorr demo --steps 20 --out /tmp/try --json', 'a short one'],
    ],
    remembered: (given) => rememberedRun(given, 'demo', out),
    run(settings, context) {
      const configured = (from: typeof settings) => configurationOf(options, from, ['json', 'quiet', 'resume']);
      const configuration = configured(settings);
      if (settings.resume)
        checkUnchanged(configuration, configured(rememberedSettings(options, settings.out)), settings.out);
      return demo(recipe, settings, configuration, context);
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
  if (!resume) {
    checkNewRun(out, 'demo', { replace: true });
    if (!isRunOf(out, 'demo')) checkRedrawable(data);
  }
  using _ = await RunLock.take(out, 'demo', context.interrupt);
  const { size, imagesPerClass } = recipe;
  const drawing = { seed: from, size, imagesPerClass };
  if (resume) checkDrawn(data, drawing, out);
  else {
    log.say('draws the dataset');
    await redrawDataset(data, { ...drawing, onProgress: log.counting('image') }, context.interrupt);
  }
  const [episodes, heldOut] = await Promise.all([openSet(data, 'episodes'), openSet(data, 'held-out')]);

  const engine = await context.engine(settings);
  const { shots, batch, learningRate, warmup, foregroundWeight, backboneWeights } = recipe;
  const plans = everyQuery(heldOut, { seed: from, shots });
  const protocol = `every-query: each image of ${heldOut.classes.length} held-out classes once as the query, ${shots}-shot, ${size}×${size}, seed ${from}`;
  const { run, finished, scored, overlays } = await train(
    {
      command: 'demo',
      out,
      resume,
      replace: true,
      configuration,
      fixed: recipeInWords(recipe),
      benchmark: 'generated',
      train: episodes,
      shots,
      batch,
      foregroundWeight,
      seed: from,
      epochs: 1,
      stepsPerEpoch: steps,
      trainBackbone: false,
      augment: [],
      top: 0,
      onNan: 'stop',
      schedule: { schedule: 'cosine', learningRate, warmup },
      model: { backbone: 'tiny', kernel: undefined, weights: undefined, backboneWeights, size, supportMask: undefined },
      description: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size },
      scoring: { part: 'held-out', dataset: heldOut, plans, protocol, selects: false, baselines: true },
    },
    engine,
    context,
  );
  const { files } = run;
  const named = { report: files.report, weights: files.best, metrics: files.metrics, overlays, data };
  const seconds = Number(((performance.now() - begin) / 1000).toFixed(1));
  if (finished && scored === undefined) {
    throw new CommandError(`the demo in ${out} is over: look at ${files.report}; without --resume it starts anew`);
  }
  if (scored === undefined) {
    log.say(`saved at step ${run.step}; go on with: hypercorr demo --out ${out} --resume`);
    return {
      json: { finished, step: run.step, files: named },
      text: `interrupted at step ${run.step}`,
      exitCode: exitCodes.interrupted,
    };
  }
  const { score, baselines, skipped } = scored;
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
    loss: run.metrics.epochs.at(-1)?.loss,
    seconds,
    backend: engine.description,
    files: named,
  };
  const rows = classRows(score, heldOut);
  const [best, worst] = [rows.at(0), rows.at(-1)].map((row) =>
    row === undefined ? '' : `${row.name} ${row.iou.toFixed(1)}`,
  );
  const text = [
    `held-out mIoU ${score.miou.toFixed(1)}, FB-IoU ${score.fbIou.toFixed(1)}, on ${score.episodes} episodes of ${rows.length} classes that nothing was trained on`,
    `(the best class: ${best}, the worst: ${worst}), after ${counted(steps, 'step')}; ${duration(seconds)} in all`,
    'segmentations that need no learner, on the same episodes (mIoU):',
    ...baselines.map(baselineLine),
    `look at ${files.report} and the pictures in ${files.overlays}; the weights are in ${files.best}`,
  ].join('\n');
  return { json, text };
}

/** The recipe by the names of `train`'s options, as the report shows it. */
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
