import { resizeBilinear, resizeNearest, encodePng } from '@hypercorr/datasets';
import { drawOverlay, type Panel } from '@hypercorr/vision/pictures';
import type { Card, PicturesCard, TableCard } from '../cards.ts';
import type { EpochRecord, StepRecord } from '../run/history.ts';
import { plain } from '../words.ts';
import { lineChart, smoothed } from './chart.ts';
import { html, type Html } from './html.ts';
import { figureList, page, section } from './page.ts';

/** The content of a report. */
export interface ReportContent {
  readonly title: string;
  /** The main figures, shown in large letters. */
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** How the figures were measured, in words. */
  readonly protocol?: string | undefined;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The epochs' figures under the names that readers know. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly cards: readonly Card[];
  /** The resolved options, and everything else that is needed to repeat the run. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Renders the report as an HTML page. */
export function renderReport(content: ReportContent): string {
  const { title, figures, protocol, cards, configuration } = content;
  return page(
    title,
    html`${figureList(figures)}
${protocol === undefined ? html`` : html`<p>${protocol}</p>`}
${section('Training', curves(content))}
${cards.map((card) => section(card.title, card.kind === 'table' ? table(card) : pictures(card)))}
${section('Configuration', configurationTable(configuration))}`,
  );
}

function curves({ steps, epochs, labels = {} }: ReportContent): Html {
  const losses = steps.map(({ step, loss }) => [step, loss] as const);
  const window = lossWindow(losses.length);
  const names = [...new Set(epochs.flatMap(({ figures }) => Object.keys(figures)))];
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
    // A single epoch makes no curve. The figures above show its values.
    ...(epochs.length < 2
      ? []
      : [
          lineChart({
            title: 'Validation',
            xLabel: 'epoch',
            series: names.map((name) => ({
              name: labels[name] ?? name,
              points: epochs.flatMap(({ epoch, figures: { [name]: value } }) =>
                value === undefined ? [] : [[epoch, value] as const],
              ),
            })),
          }),
        ]),
  ];
  return charts.every(({ text }) => text === '') ? html`` : html`<div class="charts">${charts}</div>`;
}

/** The number of steps over which the curve of the loss is averaged. */
export function lossWindow(steps: number): number {
  return Math.max(1, Math.round(steps / 20));
}

function table({ columns, rows, own }: TableCard): Html {
  if (rows.length === 0) return html``;
  const head = columns.map(({ title, kind }) =>
    kind === 'number' ? html`<th class="number">${title}</th>` : html`<th>${title}</th>`,
  );
  const body = rows.map((row, i) => {
    const cells = columns.map(({ kind, digits = 0 }, column): Html => {
      const value = row[column];
      if (kind === 'number')
        return html`<td class="number">${typeof value === 'number' ? value.toFixed(digits) : value}</td>`;
      if (kind === 'bar') return html`<td class="bar"><i style="width:${Number(value).toFixed(1)}%"></i></td>`;
      return html`<td>${value}</td>`;
    });
    return i === own ? html`<tr class="own">${cells}</tr>` : html`<tr>${cells}</tr>`;
  });
  return html`<div class="wide"><table><tr>${head}</tr>${body}</table></div>`;
}

function pictures({ pictures: all }: PicturesCard): Html {
  const rows = all.map(({ caption, panels }) => {
    const shown = panels.flatMap((panel) => {
      const url = thumbnail(panel);
      const title = panel.detail === undefined ? panel.title : `${panel.title}, ${panel.detail}`;
      return url === undefined
        ? []
        : [html`<figure><img alt="${title}" src="${url}"><figcaption>${title}</figcaption></figure>`];
    });
    return html`<div class="example" style="--panels: ${shown.length}"><h3>${caption}</h3>${shown}</div>`;
  });
  return html`${rows}`;
}

/** The longer side of a thumbnail, in pixels. */
const side = 200;

/** A small version of a panel, as a data URL. */
function thumbnail({ image, mask }: Panel): string | undefined {
  if (image === undefined) return undefined;
  const share = Math.min(1, side / Math.max(image.width, image.height));
  const size = {
    width: Math.max(1, Math.round(image.width * share)),
    height: Math.max(1, Math.round(image.height * share)),
  };
  const small = resizeBilinear(image, size);
  const drawn = mask === undefined ? small : drawOverlay(small, resizeNearest(mask, size));
  return `data:image/png;base64,${Buffer.from(encodePng(drawn)).toString('base64')}`;
}

function configurationTable(configuration: Readonly<Record<string, unknown>>): Html {
  const rows = Object.entries(configuration).map(
    ([name, value]) => html`<tr><th>${name}</th><td>${plain(value)}</td></tr>`,
  );
  return html`<table class="configuration">${rows}</table>`;
}
