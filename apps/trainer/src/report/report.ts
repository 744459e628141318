import type { ContactRow } from '../pictures/index.ts';
import type { EpochRecord, StepRecord } from '../training/metrics.ts';
import type { BaselineFigures } from './baseline-figures.ts';
import { lineChart, smoothed } from './chart.ts';
import { thumbnails } from './examples.ts';
import { Html, html } from './html.ts';

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
  readonly baselines?: readonly BaselineFigures[];
  readonly examples: readonly ContactRow[];
  /** The resolved options, and what else somebody needs to do it again. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A page of its own: no scripts, no links, its pictures inside. */
export function renderReport(content: ReportContent): string {
  const { title, figures, protocol, classes, baselines = [], examples, configuration } = content;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head><body><main>
<h1>${title}</h1>
<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p>${protocol}</p>
${section('Training', curves(content))}
${section('Beside the baselines', baselines.length === 0 ? html`` : baselineTable(baselines))}
${section('Classes', classes.length === 0 ? html`` : classTable(classes))}
${section('Examples', examples.length === 0 ? html`` : exampleRows(examples))}
${section('Configuration', configurationTable(configuration))}
</main></body></html>
`;
  return page.text;
}

const style = new Html(`
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 1000px; margin: 0 auto; padding: 24px; }
h1 { margin: 0 0 16px; } h2 { margin: 40px 0 12px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; }
.figures div { background: var(--soft); border-radius: 8px; padding: 10px 16px; }
.figures dt { font-size: 13px; opacity: .75; } .figures dd { margin: 0; font-size: 26px; font-weight: 600; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 16px; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
.grid { stroke: var(--line); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 16px 3px 0; border-bottom: 1px solid var(--soft); vertical-align: top; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; }
.bar { width: 220px; } .bar i { display: block; height: 10px; margin-top: 7px; border-radius: 5px; background: #0072b2; }
.example { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin-bottom: 20px; }
.example h3 { grid-column: 1 / -1; margin: 0; font-size: 15px; } .example img { width: 100%; display: block; border-radius: 4px; }
.example figcaption { font-weight: 400; font-size: 13px; opacity: .75; }
.configuration { table-layout: fixed; width: 100%; } .configuration th { width: 200px; font-weight: 400; opacity: .75; }
`);

function section(title: string, body: Html): Html {
  return body.text === '' ? body : html`<section><h2>${title}</h2>${body}</section>`;
}

function curves({ steps, epochs }: ReportContent): Html {
  const losses = steps.map(({ step, loss }) => [step, loss] as const);
  const charts = [
    lineChart({
      title: 'Loss',
      xLabel: 'step',
      series: [
        { name: 'each step', points: losses, faint: true },
        { name: `mean of ${lossWindow(losses.length)} steps`, points: smoothed(losses, lossWindow(losses.length)) },
      ],
    }),
    // One point is no curve; the figures above say it.
    ...(epochs.length < 2 ? [] : [lineChart({
      title: 'Validation',
      xLabel: 'epoch',
      series: [
        { name: 'mIoU', points: epochs.map((record) => [record.epoch, record.val_miou]) },
        { name: 'FB-IoU', points: epochs.map((record) => [record.epoch, record.val_fb_iou]) },
      ],
    })]),
  ];
  return charts.every(({ text }) => text === '') ? html`` : html`<div class="charts">${charts}</div>`;
}

function lossWindow(steps: number): number {
  return Math.max(1, Math.round(steps / 20));
}

function baselineTable(baselines: readonly BaselineFigures[]): Html {
  return html`<table><tr><th></th><th class="number">mIoU</th><th class="number">FB-IoU</th><th></th></tr>
${baselines.map(({ name, miou, fb_iou, setting }) => html`<tr><td>${name}</td><td class="number">${miou.toFixed(1)}</td><td class="number">${fb_iou.toFixed(1)}</td><td>${setting}</td></tr>`)}</table>`;
}

function classTable(classes: readonly ClassRow[]): Html {
  return html`<table><tr><th>class</th><th class="number">episodes</th><th class="number">IoU</th><th></th></tr>
${classes.map(({ name, iou, episodes }) => html`<tr><td>${name}</td><td class="number">${episodes}</td><td class="number">${iou.toFixed(1)}</td><td class="bar"><i style="width:${iou.toFixed(1)}%"></i></td></tr>`)}</table>`;
}

function exampleRows(examples: readonly ContactRow[]): Html {
  const rows = examples.map(
    (row) => html`<div class="example"><h3>${row.caption}</h3>${thumbnails(row).map(([name, url]) => html`<figure><img alt="${name}" src="${url}"><figcaption>${name}</figcaption></figure>`)}</div>`,
  );
  return html`${rows}`;
}

function configurationTable(configuration: Readonly<Record<string, unknown>>): Html {
  const rows = Object.entries(configuration).map(([name, value]) => html`<tr><th>${name}</th><td>${plain(value)}</td></tr>`);
  return html`<table class="configuration">${rows}</table>`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
