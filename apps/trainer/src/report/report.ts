import type { ContactRow } from '../pictures/index.ts';
import type { EpochRecord, StepRecord } from '../training/metrics.ts';
import type { BaselineFigures } from './baseline-figures.ts';
import { lineChart, smoothed } from './chart.ts';
import { thumbnails } from './examples.ts';
import { html, type Html } from './html.ts';
import { figureList, page, section } from './page.ts';

export interface ClassRow {
  readonly name: string;
  /** Foreground IoU in percent. */
  readonly iou: number;
  readonly episodes: number;
}

/** What a report shows. Figures are percentages. */
export interface ReportContent {
  readonly title: string;
  /** The figures that matter, largest. */
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** How they were measured. */
  readonly protocol: string;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  readonly classes: readonly ClassRow[];
  /** Over all classes, to stand beside the baselines. */
  readonly score: { readonly miou: number; readonly fbIou: number };
  readonly baselines?: readonly BaselineFigures[];
  readonly examples: readonly ContactRow[];
  /** The resolved options, and what else somebody needs to do it again. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** The report as a page of HTML. */
export function renderReport(content: ReportContent): string {
  const { title, figures, protocol, classes, score, baselines = [], examples, configuration } = content;
  return page(
    title,
    html`${figureList(figures)}
      <p>${protocol}</p>
      ${section('Training', curves(content))}
      ${section('Beside the baselines', baselines.length === 0 ? html`` : baselineTable(score, baselines))}
      ${section('Classes', classes.length === 0 ? html`` : classTable(classes))}
      ${section('Examples', examples.length === 0 ? html`` : exampleRows(examples))}
      ${section('Configuration', configurationTable(configuration))}`,
  );
}

function curves({ steps, epochs }: ReportContent): Html {
  const losses = steps.map(({ step, loss }) => [step, loss] as const);
  const window = lossWindow(losses.length);
  const charts = [
    lineChart({
      title: 'Loss',
      xLabel: 'step',
      series:
        window === 1
          ? [{ name: 'each step', points: losses }]
          : [
              { name: 'each step', points: losses, faint: true },
              { name: `mean of ${window} steps`, points: smoothed(losses, window) },
            ],
    }),
    // One point is no curve; the figures above say it.
    ...(epochs.length < 2
      ? []
      : [
          lineChart({
            title: 'Validation',
            xLabel: 'epoch',
            series: [
              { name: 'mIoU', points: epochs.map((record) => [record.epoch, record.val_miou]) },
              { name: 'FB-IoU', points: epochs.map((record) => [record.epoch, record.val_fb_iou]) },
            ],
          }),
        ]),
  ];
  return charts.every(({ text }) => text === '') ? html`` : html`<div class="charts">${charts}</div>`;
}

/** Steps whose mean a curve of the loss shows at a time. */
export function lossWindow(steps: number): number {
  return Math.max(1, Math.round(steps / 20));
}

function baselineTable({ miou, fbIou }: ReportContent['score'], baselines: readonly BaselineFigures[]): Html {
  const figures = (ofMiou: number, ofFbIou: number): Html =>
    html`<td class="number">${ofMiou.toFixed(1)}</td>
      <td class="number">${ofFbIou.toFixed(1)}</td>`;
  return html`<div class="wide">
    <table>
      <tr>
        <th></th>
        <th class="number">mIoU</th>
        <th class="number">FB-IoU</th>
        <th></th>
      </tr>
      <tr class="own">
        <td>HSNet</td>
        ${figures(miou, fbIou)}
        <td>this model</td>
      </tr>
      ${baselines.map(
        (each) =>
          html`<tr>
            <td>${each.name}</td>
            ${figures(each.miou, each.fb_iou)}
            <td>${each.setting}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function classTable(classes: readonly ClassRow[]): Html {
  return html`<div class="wide">
    <table>
      <tr>
        <th>class</th>
        <th class="number">episodes</th>
        <th class="number">IoU</th>
        <th></th>
      </tr>
      ${classes.map(
        ({ name, iou, episodes }) =>
          html`<tr>
            <td>${name}</td>
            <td class="number">${episodes}</td>
            <td class="number">${iou.toFixed(1)}</td>
            <td class="bar"><i style="width:${iou.toFixed(1)}%"></i></td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function exampleRows(examples: readonly ContactRow[]): Html {
  const rows = examples.map(
    (row) =>
      html`<div class="example">
        <h3>${row.caption}</h3>
        ${thumbnails(row).map(
          ([name, url]) =>
            html`<figure>
              <img alt="${name}" src="${url}" />
              <figcaption>${name}</figcaption>
            </figure>`,
        )}
      </div>`,
  );
  return html`${rows}`;
}

function configurationTable(configuration: Readonly<Record<string, unknown>>): Html {
  const rows = Object.entries(configuration).map(
    ([name, value]) =>
      html`<tr>
        <th>${name}</th>
        <td>${plain(value)}</td>
      </tr>`,
  );
  return html`<table class="configuration">
    ${rows}
  </table>`;
}

/** A setting's value in words. */
export function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
