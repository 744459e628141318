import { duration } from '../../cli/progress.ts';
import { lineChart, smoothed } from '../../report/chart.ts';
import { html, type Html } from '../../report/html.ts';
import { page, section } from '../../report/page.ts';
import { lossWindow, plain } from '../../report/report.ts';
import { counted } from '../../cli/words.ts';
import type { RecordedRun } from './compare-runs.ts';

/** Several runs side by side, as a page of HTML: figures, curves, and the settings that differ. */
export function renderComparison(runs: readonly RecordedRun[], differing: readonly string[]): string {
  return page(
    `${counted(runs.length, 'run')} compared`,
    html`${section('Results', resultTable(runs))} ${section('Curves', curves(runs))}
    ${section('Settings that differ', differing.length === 0 ? html`<p>None: the runs have the same settings.</p>` : settingsTable(runs, differing))}`,
  );
}

function resultTable(runs: readonly RecordedRun[]): Html {
  const figure = (value: number | undefined): string => value?.toFixed(1) ?? '–';
  const rows = runs.map(
    ({ folder, best, epochs, steps, seconds }) =>
      html`<tr>
        <td>${folder}</td>
        <td class="number">${figure(best?.val_miou)}</td>
        <td class="number">${figure(best?.val_fb_iou)}</td>
        <td class="number">${best?.epoch ?? '–'}</td>
        <td class="number">${figure(epochs.at(-1)?.val_miou)}</td>
        <td class="number">${epochs.at(-1)?.loss.toFixed(4) ?? '–'}</td>
        <td class="number">${epochs.length}</td>
        <td class="number">${steps.length}</td>
        <td class="number">${duration(seconds)}</td>
      </tr>`,
  );
  const heads = ['best mIoU', 'its FB-IoU', 'in epoch', 'last mIoU', 'last loss', 'epochs', 'steps', 'time of steps'];
  return html`<div class="wide">
      <table>
        <tr>
          <th>run</th>
          ${heads.map((head) => html`<th class="number">${head}</th>`)}
        </tr>
        ${rows}
      </table>
    </div>
    <p>
      mIoU and FB-IoU in percent, on each run's own validation classes and episodes: they compare where the data is the
      same.
    </p>`;
}

function curves(runs: readonly RecordedRun[]): Html {
  const losses = runs.map(({ folder: name, steps }) => {
    const points = steps.map(({ step, loss }) => [step, loss] as const);
    return { name, points: smoothed(points, lossWindow(points.length)) };
  });
  const scores = runs.map(({ folder: name, epochs }) => ({
    name,
    points: epochs.map(({ step, val_miou }) => [step, val_miou] as const),
  }));
  return html`<div class="charts">
    ${[
      lineChart({ title: 'Loss, smoothed', xLabel: 'step', series: losses }),
      lineChart({ title: 'Validation mIoU', xLabel: 'step', series: scores }),
    ]}
  </div>`;
}

function settingsTable(runs: readonly RecordedRun[], differing: readonly string[]): Html {
  const rows = runs.map(
    ({ folder, settings }) =>
      html`<tr>
        <td>${folder}</td>
        ${differing.map((name) => html`<td>${plain(settings[name] ?? '–')}</td>`)}
      </tr>`,
  );
  return html`<div class="wide">
    <table>
      <tr>
        <th>run</th>
        ${differing.map((name) => html`<th>${name}</th>`)}
      </tr>
      ${rows}
    </table>
  </div>`;
}
