import { episodePlans, everyQuery, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { SegmentationScore } from '@hypercorr/hsnet';
import { listed } from '@hypercorr/tensor';
import { Baselines, addEpisode } from '../baselines/index.ts';
import { defineCommand, type Context } from '../command.ts';
import { openTestClasses } from '../data.ts';
import { evaluate } from '../evaluation.ts';
import { openModel } from '../model.ts';
import { required, withDefault, type Settings } from '../option.ts';
import { computing, model, output, own, seed } from '../options.ts';
import { baselineFigures, baselineLine } from '../report/baseline-figures.ts';
import { classRows } from '../report/run-report.ts';

const options = {
  ...output,
  ...computing,
  ...model,
  seed,
  benchmark: required(own.benchmark),
  data: required(own.data),
  testClasses: own.testClasses,
  shots: withDefault(own.shots, 1),
  episodes: { ...own.episodes, about: 'score N random episodes; without, every image once as the query' },
  seeds: withDefault(own.seeds, 1),
  baselines: own.baselines,
} as const;

type EvalSettings = Settings<typeof options>;

export const evalCommand = defineCommand({
  name: 'eval',
  summary: 'scores a model on classes that it was not trained on',
  description:
    'Scores the classes of --test-classes; without, those that had no part in the training of the weights. ' +
    'Images and masks are resized to the size the model was trained at, and scored there; void pixels are left out. ' +
    'Intersections and unions are summed over the episodes of a class before dividing; mIoU is the mean over the classes that have one.',
  options,
  examples: [
    ['hypercorr eval --benchmark fss --data FSS-1000 --weights runs/fss/best.safetensors', "FSS-1000's protocol: every image of the test classes once as the query"],
    ['hypercorr eval --benchmark generated --data data/generated --weights runs/demo/last.safetensors --shots 5 --episodes 200 --seeds 5', '200 random 5-shot episodes, five times'],
  ],
  run: score,
});

async function score(settings: EvalSettings, { log, engine: start }: Context) {
  const { shots, episodes, seeds, seed } = settings;
  const engine = await start(settings);
  const { model: network, description, training, weights } = await openModel(settings, engine, log);
  const test = await openTestClasses(settings, training);
  warnOfOverlap(test, training?.classes ?? [], log);

  const scores: SegmentationScore[] = [];
  const baselines = new Baselines();
  let skipped = 0;
  for (let run = 0; run < seeds; run += 1) {
    const plans = plansOf(test, { seed: seed + run, shots, episodes });
    const progress = log.progress(plans.length, { unit: 'episode' });
    const evaluation = await evaluate({
      ...{ model: network, plans, size: description.size, onFault: (message) => log.warn(message) },
      async onEpisode({ episode }, done) {
        if (settings.baselines) await addEpisode(baselines, episode, network);
        progress.update(done);
      },
    });
    if (evaluation === undefined) continue;
    scores.push(evaluation.score);
    skipped += evaluation.skipped;
  }
  network.dispose();

  // The classes of several seeds are scored over the episodes of all of them.
  const together = new SegmentationScore();
  for (const each of scores) together.merge(each);
  const miou = meanAndDeviation(scores.map((each) => each.miou));
  const fbIou = meanAndDeviation(scores.map((each) => each.fbIou));
  const names = new Map(test.classes.map(({ id, name }) => [id, name]));
  const { size } = description;
  const missed = test.classes.filter(({ id }) => scores.some((each) => !each.classes().some((scored) => scored.id === id)));
  warnOfMissed(missed.map(({ name }) => name), test, settings, log);
  const scored = scores.map((each) => each.classes().length);
  const protocol = protocolOf(settings, test, size, scored);
  const json = {
    protocol,
    miou: miou.mean,
    fb_iou: fbIou.mean,
    // A class without a scored episode is in no mean.
    classes_scored: Math.min(...scored),
    classes_asked: test.classes.length,
    ...(seeds > 1 ? { miou_deviation: miou.deviation, fb_iou_deviation: fbIou.deviation } : {}),
    seeds: scores.map((each, run) => ({ seed: seed + run, miou: each.miou, fb_iou: each.fbIou, classes_scored: scored[run] })),
    classes: together.classes().map(({ id, iou, intersection, union }) => ({ id, name: names.get(id), iou, intersection, union })),
    ...(settings.baselines ? { baselines: baselineFigures(baselines) } : {}),
    episodes: together.episodes,
    skipped,
    weights,
    backend: engine.description,
  };
  const rows = classRows(together, test).map(({ name, iou, episodes: count }) => `  ${name.padEnd(24)} ${iou.toFixed(1).padStart(5)}  (${count} episodes)`);
  const text = [`mIoU ${shown(miou, seeds)}, FB-IoU ${shown(fbIou, seeds)}`, `protocol ${protocol}`, ...rows, ...(json.baselines ?? []).map(baselineLine)].join('\n');
  return { json, text };
}

interface Protocol {
  readonly seed: number;
  readonly shots: number;
  readonly episodes: number | undefined;
}

function plansOf(dataset: Dataset, { seed, shots, episodes }: Protocol): EpisodePlan[] {
  return episodes === undefined ? everyQuery(dataset, { seed, shots }) : [...episodePlans(dataset, { seed, shots, end: episodes })];
}

/** @param scored how many classes have a scored episode, for each seed */
function protocolOf({ shots, episodes, seed, seeds }: EvalSettings, { name, classes }: Dataset, size: number, scored: readonly number[]): string {
  const queries = episodes === undefined ? 'every-query: each image once as the query' : `random: ${episodes} episodes, class uniform, then image`;
  const from = seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
  const [fewest, most] = [Math.min(...scored), Math.max(...scored)];
  const count = fewest === classes.length ? fewest : `${fewest === most ? fewest : `${fewest} to ${most}`} of ${classes.length}`;
  return `${queries}; ${count} classes of ${name}, ${shots}-shot, supports drawn without repetition, ${size}×${size}, void left out, ${from}`;
}

function warnOfOverlap({ classes }: Dataset, trained: readonly string[], log: Context['log']): void {
  const seen = classes.map(({ name }) => name).filter((name) => trained.includes(name));
  if (seen.length > 0) log.warn(`the model was trained on ${seen.length} of these classes: ${seen.slice(0, 8).join(', ')}; this is no few-shot score`);
}

function warnOfMissed(missed: readonly string[], { classes }: Dataset, { episodes, seeds }: EvalSettings, log: Context['log']): void {
  if (missed.length === 0) return;
  const when = seeds === 1 ? '' : ' with every seed';
  const remedy = episodes === undefined ? '' : '; more --episodes reach more of them';
  log.warn(`mIoU is not over all ${classes.length} classes: no episode of ${listed(missed)} was scored${when}${remedy}`);
}

/** Mean and sample deviation (n − 1). */
function meanAndDeviation(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

function shown({ mean, deviation }: ReturnType<typeof meanAndDeviation>, seeds: number): string {
  return seeds === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}
