import { overallPresence, type PresenceFigures } from '@hypercorr/hsnet';
import { counted } from '@hypercorr/train';
import { formatTable } from '../../cli/text-table.ts';
import type { FoldResult } from './results.ts';

/** How well queries without their class are told, for machines; nothing where none were scored. Rates are in percent. */
export function presenceJson(results: readonly FoldResult[]): Record<string, unknown> {
  const scored = scoredResults(results);
  if (scored.length === 0) return {};
  const classes = scored.flatMap(({ fold, rows }) =>
    rows.map(({ id, name, figures }) => ({
      id,
      name,
      ...(fold === undefined ? {} : { fold }),
      ...figuresJson(figures),
    })),
  );
  const thresholds = [...new Set(scored.map(({ leastScore }) => leastScore ?? null))];
  return {
    presence: {
      ...figuresJson(overallPresence(scored.map(({ meter }) => meter))),
      threshold: thresholds.length === 1 ? thresholds[0] : thresholds,
      classes,
    },
  };
}

/** The same for people: a sentence, and a table of the classes. */
export function presenceText(results: readonly FoldResult[]): readonly string[] {
  const scored = scoredResults(results);
  if (scored.length === 0) return [];
  const all = overallPresence(scored.map(({ meter }) => meter));
  const thresholds = [...new Set(scored.flatMap(({ leastScore }) => leastScore ?? []))];
  const rule =
    thresholds.length === 0
      ? 'the weights are not calibrated, so that any mask counts as found'
      : `found from a score of ${thresholds.map((each) => each.toFixed(3)).join(', ')} on`;
  const table = formatTable([
    ['', 'AUC', 'found with it', 'found without it', 'queries'],
    ...scored.flatMap(({ rows }) =>
      rows.map(({ name, figures }) => [
        `  ${name}`,
        area(figures),
        percent(figures.truePositives),
        percent(figures.falsePositives),
        `${figures.present} + ${figures.absent}`,
      ]),
    ),
  ]);
  return [
    `with or without the class: AUC ${area(all)}; found in ${percent(all.truePositives)} of ${counted(all.present, 'query', 'queries')} with it ` +
      `and in ${percent(all.falsePositives)} of ${all.absent} without it (${rule})`,
    table,
  ];
}

function scoredResults(results: readonly FoldResult[]) {
  return results.flatMap(({ fold, dataset, presence: meter, leastScore }) => {
    if (meter === undefined) return [];
    const rows = dataset.classes
      .map(({ id, name }) => ({ id, name, figures: meter.figuresOf(id) }))
      .filter(({ figures }) => figures.present + figures.absent > 0);
    return [{ fold, meter, leastScore, rows }];
  });
}

function figuresJson({ present, absent, truePositives, falsePositives, auc }: PresenceFigures) {
  return {
    present,
    absent,
    true_positive_rate: truePositives ?? null,
    false_positive_rate: falsePositives ?? null,
    auc: auc ?? null,
  };
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${share.toFixed(1)} %`;
}

function area({ auc }: PresenceFigures): string {
  return auc === undefined ? '–' : auc.toFixed(3);
}
