import { connect } from '@hypercorr/tensor/worker';
import { BackendChoice } from '../ui/backend-choice.ts';
import { elementOf } from '../ui/elements.ts';
import { FrameCounter, type Frames } from '../ui/frame-counter.ts';
import { Notice } from '../ui/notice.ts';
import { drawLosses, drawPoints, drawRegions } from './drawing.ts';
import type { OpenSpirals, Report } from './spirals.worker.ts';

/** The detail of the event `trained`. The page dispatches the event after every report. */
export interface Trained {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly frames: Frames;
}

/** Steps between two drawings, and the side of the drawn regions in pixels. */
const [every, side] = [5, 110];
const seed = 0;

const regions = elementOf('regions', HTMLCanvasElement);
const points = elementOf('points', HTMLCanvasElement);
const chart = elementOf('chart', HTMLCanvasElement);
const buttons = {
  start: elementOf('start', HTMLButtonElement),
  stop: elementOf('stop', HTMLButtonElement),
  reset: elementOf('reset', HTMLButtonElement),
};
const figures = elementOf('figures', HTMLOutputElement);
const engineStatus = elementOf('engine', HTMLOutputElement);

const notice = new Notice();
const frames = new FrameCounter();
const backendChoice = await BackendChoice.create();

const undecided = new Float32Array(side * side).fill(0.5);
let losses: number[] = [];
let training: ReturnType<typeof openTraining> | undefined;
let running: AbortController | undefined;

async function openTraining(signal: AbortSignal) {
  engineStatus.textContent = 'starting…';
  const start = () => new Worker(new URL('./spirals.worker.ts', import.meta.url), { type: 'module' });
  const worker = await connect<OpenSpirals>(start, { backend: backendChoice.backend, seed }, { signal });
  const about = await worker.call('about', undefined, { signal });
  engineStatus.textContent = about.engine;
  drawPoints(points, about.points);
  return worker;
}

async function train(): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  running = abort;
  buttons.start.disabled = true;
  buttons.stop.disabled = false;
  try {
    training ??= openTraining(signal);
    const worker = await training.catch((error: unknown) => {
      reset();
      throw error;
    });
    const stopCounting = frames.start();
    const onProgress = (report: Report): void => {
      losses.push(...report.losses);
      drawRegions(regions, report.probabilities);
      drawLosses(chart, losses);
      announce(report, stopCounting());
    };
    await worker.call('train', { every, side }, { signal, onProgress });
  } finally {
    // Another training may have begun meanwhile. It is not paused.
    if (running === abort) pause();
  }
}

function announce({ step, losses, accuracy }: Report, painted: Frames): void {
  const loss = losses.at(-1) ?? NaN;
  figures.textContent = `Step ${step}, loss ${loss.toPrecision(3)}; ${(100 * accuracy).toFixed(1)} % of 600 points outside of the training set are right.`;
  document.dispatchEvent(new CustomEvent<Trained>('trained', { detail: { step, loss, accuracy, frames: painted } }));
}

function pause(): void {
  running?.abort();
  running = undefined;
  buttons.start.disabled = false;
  buttons.stop.disabled = true;
}

/** Ends the worker, and clears what it has learned. */
function reset(): void {
  pause();
  void training?.then(
    (worker) => worker.dispose(),
    () => {},
  );
  training = undefined;
  losses = [];
  drawRegions(regions, undecided);
  drawPoints(points, { positions: new Float32Array(0), labels: new Int32Array(0) });
  drawLosses(chart, losses);
  figures.textContent = 'The training has not begun.';
  engineStatus.textContent = 'starts with the training';
}

buttons.start.addEventListener('click', () => void notice.during(train));
buttons.stop.addEventListener('click', pause);
buttons.reset.addEventListener('click', reset);
backendChoice.onChange(reset);
reset();
