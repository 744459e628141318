import { listed } from '@hypercorr/tensor/op';
import { protocolInWords, type NamedProtocol } from '@hypercorr/hsnet';
import { inWords, type LeftOutSummary } from '../../cli/left-out.ts';
import type { BaselineFigures } from './baseline-figures.ts';
import { baselineLine } from './baseline-figures.ts';
import { counted } from '@hypercorr/train';
import { presenceJson, presenceText } from './presence-report.ts';
import { optionOfPart } from './protocol-settings.ts';
import {
  classResults,
  classesScored,
  seedFigures,
  spreadOf,
  type ClassResult,
  type FoldResult,
  type Spread,
} from './results.ts';

/** All results of an evaluation. */
export interface EvaluationReport {
  readonly protocol: NamedProtocol;
  /** At least one. */
  readonly results: readonly FoldResult[];
  /** How many episodes were planned, over all folds and seeds. */
  readonly planned: number;
  /** False when it was interrupted before the last episode. */
  readonly finished: boolean;
  /** The first seed. */
  readonly seed: number;
  readonly episodesFrom: string | undefined;
  readonly baselines: readonly BaselineFigures[] | undefined;
  readonly backend: string;
  /** The folder for results. */
  readonly out: string | undefined;
  readonly leftOut: LeftOutSummary | undefined;
}

/** The report for machines. Each class's figures are over the episodes of all seeds. */
export function reportJson(report: EvaluationReport): Record<string, unknown> {
  const { protocol, results, planned, finished, seed, episodesFrom, baselines, backend, out, leftOut } = report;
  const { figures, seeds, miou, fbIou, scored, asked } = summarise(report);
  const classes = results.flatMap((result) => classResults(result).map((each) => classJson(each, result)));
  return {
    finished,
    protocol: describeProtocol(report),
    protocol_settings: protocolJson(protocol, episodesFrom),
    miou: miou.mean,
    fb_iou: fbIou.mean,
    // Classes without a scored episode have no part in the means.
    classes_scored: Math.min(...scored),
    classes_asked: asked,
    ...(seeds > 1 ? { miou_deviation: miou.deviation, fb_iou_deviation: fbIou.deviation } : {}),
    // Given episodes are not drawn, and have no seed.
    seeds: figures.map((each, i) => ({
      ...(episodesFrom === undefined ? { seed: seed + i } : {}),
      miou: each.miou,
      fb_iou: each.fbIou,
      classes_scored: scored[i],
    })),
    ...(results.length > 1 ? { folds: results.map(foldJson) } : {}),
    classes,
    ...presenceJson(results),
    ...(baselines === undefined ? {} : { baselines }),
    episodes: episodesScored(results),
    episodes_planned: planned,
    skipped: skippedIn(results),
    ...(leftOut === undefined ? {} : { left_out: leftOut }),
    weights: [...new Set(results.map(({ weights }) => weights))].join(', '),
    backend,
    ...(out === undefined ? {} : { out }),
  };
}

/** The report for people: the figures and their protocol; then, below each fold, its classes, the best first. */
export function reportText(report: EvaluationReport): string {
  const { results, planned, finished, baselines = [], out, leftOut } = report;
  const { seeds, miou, fbIou } = summarise(report);
  return [
    `mIoU ${shown(miou, seeds)}, FB-IoU ${shown(fbIou, seeds)}${finished ? '' : interruptedAfter(episodesScored(results), planned)}`,
    `protocol ${describeProtocol(report)}`,
    ...results.flatMap((result) => {
      const { miou: ofFold, fbIou: fbOfFold } = foldSpread(result);
      const heading =
        results.length > 1
          ? [`${result.dataset.name}: mIoU ${shown(ofFold, seeds)}, FB-IoU ${shown(fbOfFold, seeds)}`]
          : [];
      return [
        ...heading,
        ...classResults(result)
          .toSorted((a, b) => b.iou - a.iou)
          .map(classLine),
      ];
    }),
    ...baselines.map(baselineLine),
    ...presenceText(results),
    ...(skippedIn(results) > 0 ? [`left out because of faulty files: ${counted(skippedIn(results), 'episode')}`] : []),
    ...(leftOut === undefined ? [] : [`left out of the data: ${inWords(leftOut)}`]),
    ...(out === undefined ? [] : [`episodes${finished ? ' and pictures' : ''} are in ${out}`]),
  ].join('\n');
}

function interruptedAfter(scored: number, planned: number): string {
  return scored < planned
    ? `, after ${scored} of ${counted(planned, 'episode')}: it was interrupted`
    : '; it was interrupted among the queries without their class';
}

function summarise({ results }: EvaluationReport) {
  const figures = seedFigures(results);
  return {
    figures,
    // The seeds that were scored. An interruption leaves fewer than asked for.
    seeds: figures.length,
    miou: spreadOf(figures.map((each) => each.miou)),
    fbIou: spreadOf(figures.map((each) => each.fbIou)),
    scored: classesScored(results),
    asked: results.reduce((sum, result) => sum + result.asked, 0),
  };
}

function skippedIn(results: readonly FoldResult[]): number {
  return results.reduce((sum, { skipped }) => sum + skipped, 0);
}

function episodesScored(results: readonly FoldResult[]): number {
  return results.reduce((sum, { scores }) => sum + scores.reduce((all, { episodes }) => all + episodes, 0), 0);
}

function describeProtocol(report: EvaluationReport): string {
  const { protocol, results, seed, episodesFrom } = report;
  const { seeds, scored, asked } = summarise(report);
  const [fewest, most] = [Math.min(...scored), Math.max(...scored)];
  const once = <T>(values: readonly T[]): string => [...new Set(values)].join(', ');
  const words = protocolInWords(protocol, {
    seed,
    seeds,
    episodesFrom,
    data: [
      listed(results.map(({ dataset }) => dataset.name)),
      once(results.flatMap(({ dataset }) => dataset.source ?? [])),
    ]
      .filter(Boolean)
      .join(' from '),
    classes: `${fewest === asked ? '' : `${fewest === most ? fewest : `${fewest} to ${most}`} of `}${counted(asked, 'class')}`,
    shots: once(results.map(({ shots }) => shots)),
    size: once(results.map(({ size }) => `${size}×${size}`)),
  });
  const trained = once(results.flatMap((each) => each.trained ?? []));
  return trained === '' ? words : `${words}; trained on ${trained}`;
}

function protocolJson(
  { name, sampler, queries, episodes, scoreSize, void: ofVoid, minPixels, vote, changed }: NamedProtocol,
  episodesFrom: string | undefined,
): Record<string, unknown> {
  const drawn =
    episodesFrom === undefined ? { sampler, queries, episodes: episodes ?? null } : { episodes_from: episodesFrom };
  return {
    name,
    ...drawn,
    score_size: scoreSize,
    void: ofVoid,
    min_pixels: minPixels,
    vote,
    changed: changed.map((part) => optionOfPart[part]),
  };
}

function foldSpread({ scores }: FoldResult): { readonly miou: Spread; readonly fbIou: Spread } {
  return { miou: spreadOf(scores.map(({ miou }) => miou)), fbIou: spreadOf(scores.map(({ fbIou }) => fbIou)) };
}

function foldJson(result: FoldResult): Record<string, unknown> {
  const { miou, fbIou } = foldSpread(result);
  const { fold, dataset, scores, weights } = result;
  const deviations = scores.length > 1 ? { miou_deviation: miou.deviation, fb_iou_deviation: fbIou.deviation } : {};
  return {
    fold,
    name: dataset.name,
    miou: miou.mean,
    fb_iou: fbIou.mean,
    ...deviations,
    episodes: scores.reduce((sum, { episodes }) => sum + episodes, 0),
    weights,
  };
}

function classJson({ id, name, iou, intersection, union, episodes }: ClassResult, { fold }: FoldResult) {
  return { id, name, ...(fold === undefined ? {} : { fold }), iou, intersection, union, episodes };
}

function classLine({ name, iou, episodes }: ClassResult): string {
  return `  ${name.padEnd(24)} ${iou.toFixed(1).padStart(5)}  (${counted(episodes, 'episode')})`;
}

function shown({ mean, deviation }: Spread, seeds: number): string {
  return seeds === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}
