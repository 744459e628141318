import { lineChart, smoothed } from '../report/chart.ts';
import { html, type Html } from '../report/html.ts';
import { page, section } from '../report/page.ts';
import { lossWindow } from '../report/report.ts';
import { counted, duration, plain } from '../words.ts';
import type { RecordedRun } from './recorded-run.ts';

/**
 * Several runs side by side, as a page of HTML: figures, curves, and the settings that differ.
 *
 * @param labels how people call the figures: `{ miou: 'mIoU' }`
 */
export function renderComparison(
  runs: readonly RecordedRun[],
  differing: readonly string[],
  labels: Readonly<Record<string, string>>,
): string {
  const settings =
    differing.length === 0 ? html`<p>None: the runs have the same settings.</p>` : settingsTable(runs, differing);
  return page(
    `${counted(runs.length, 'run')} compared`,
    html`${section('Results', resultTable(runs, labels))}
${section('Curves', curves(runs, labels))}
${section('Settings that differ', settings)}`,
  );
}

/** The figures that any of the runs has. */
function figuresOf(runs: readonly RecordedRun[]): readonly string[] {
  return [...new Set(runs.flatMap(({ epochs }) => epochs.flatMap(({ figures }) => Object.keys(figures))))];
}

function resultTable(runs: readonly RecordedRun[], labels: Readonly<Record<string, string>>): Html {
  const shown = (value: number | undefined): string => value?.toFixed(1) ?? '–';
  const cell = (value: string | number): Html => html`<td class="number">${value}</td>`;
  const figures = figuresOf(runs);
  const rows = runs.map(({ folder, best, epochs, steps, seconds }) => {
    const last = epochs.at(-1);
    const cells = [
      ...figures.map((figure) => shown(best?.figures[figure])),
      best?.epoch ?? '–',
      ...figures.map((figure) => shown(last?.figures[figure])),
      last?.loss.toFixed(4) ?? '–',
      epochs.length,
      steps.length,
      duration(seconds),
    ];
    return html`<tr><td>${folder}</td>${cells.map(cell)}</tr>`;
  });
  const named = (when: string): string[] => figures.map((figure) => `${when} ${labels[figure] ?? figure}`);
  const heads = [...named('best'), 'in epoch', ...named('last'), 'last loss', 'epochs', 'steps', 'time of steps'];
  return html`<div class="wide"><table><tr><th>run</th>${heads.map((head) => html`<th class="number">${head}</th>`)}</tr>${rows}</table></div>
<p>Each run has its own validation data. Compare figures where the data is the same.</p>`;
}

function curves(runs: readonly RecordedRun[], labels: Readonly<Record<string, string>>): Html {
  const losses = runs.map(({ folder: name, steps }) => {
    const points = steps.map(({ step, loss }) => [step, loss] as const);
    return { name, points: smoothed(points, lossWindow(points.length)) };
  });
  const scores = figuresOf(runs).map((figure) =>
    lineChart({
      title: `Validation ${labels[figure] ?? figure}`,
      xLabel: 'step',
      series: runs.map(({ folder: name, epochs }) => ({
        name,
        points: epochs.flatMap(({ step, figures: { [figure]: value } }) =>
          value === undefined ? [] : [[step, value] as const],
        ),
      })),
    }),
  );
  return html`<div class="charts">${[lineChart({ title: 'Loss, smoothed', xLabel: 'step', series: losses }), ...scores]}</div>`;
}

function settingsTable(runs: readonly RecordedRun[], differing: readonly string[]): Html {
  const rows = runs.map(
    ({ folder, settings }) =>
      html`<tr><td>${folder}</td>${differing.map((name) => html`<td>${plain(settings[name] ?? '–')}</td>`)}</tr>`,
  );
  return html`<div class="wide"><table><tr><th>run</th>${differing.map((name) => html`<th>${name}</th>`)}</tr>${rows}</table></div>`;
}
