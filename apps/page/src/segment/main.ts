import { applyMeaning, decodeMask, maskMeaning, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { overlapOf } from '@hypercorr/hsnet';
import { connect } from '@hypercorr/tensor/worker';
import { BackendChoice } from '../ui/backend-choice.ts';
import { elementOf } from '../ui/elements.ts';
import { FrameCounter, type Frames } from '../ui/frame-counter.ts';
import { Notice } from '../ui/notice.ts';
import { kinds } from './examples.ts';
import { MaskEditor } from './mask-editor.ts';
import { drawMask, drawPicture, readPicture } from './pictures.ts';
import type { Episode } from './network.ts';
import type { OpenSegmenter, TimedFound } from './segment.worker.ts';
import { fetchPhotoWeights, noWeights, readWeights, type Weights } from './weights.ts';

/** The detail of the event `segmented`. The page dispatches the event when a picture is segmented. */
export interface Segmented extends TimedFound {
  readonly episode: Episode;
  readonly frames: Frames;
}

const canvases = {
  support: elementOf('support', HTMLCanvasElement),
  supportMask: elementOf('support-mask', HTMLCanvasElement),
  query: elementOf('query', HTMLCanvasElement),
  queryMask: elementOf('query-mask', HTMLCanvasElement),
};
const buttons = { segment: elementOf('segment', HTMLButtonElement), stop: elementOf('stop', HTMLButtonElement) };
const result = elementOf('result', HTMLOutputElement);
const engineStatus = elementOf('engine', HTMLOutputElement);
const weightsStatus = elementOf('weights-status', HTMLOutputElement);
const classes = elementOf('class', HTMLSelectElement);
const radius = elementOf('radius', HTMLInputElement);
const erases = elementOf('erase', HTMLInputElement);

const notice = new Notice();
const frames = new FrameCounter();
const backendChoice = await BackendChoice.create();
const editor = new MaskEditor(
  canvases.supportMask,
  () => ({ erases: erases.checked, radius: radius.valueAsNumber * brushUnit() }),
  forgetResult,
);

/** Undefined until the first examples are loaded, or somebody chooses a picture. */
let support: RgbImage | undefined;
let query: RgbImage | undefined;
/** The true mask of the query, if the page drew the picture. */
let truth: Mask | undefined;
let weights: Weights | undefined;
let segmenter: ReturnType<typeof openSegmenter> | undefined;
let running: AbortController | undefined;

/** The brush is measured in hundredths of the picture's longer side. */
function brushUnit(): number {
  return Math.max(support?.width ?? 1, support?.height ?? 1) / 100;
}

function showSupport(picture: RgbImage, mask?: Mask): void {
  support = picture;
  drawPicture(canvases.support, picture);
  if (mask === undefined) editor.clear(picture);
  else editor.mask = mask;
  forgetResult();
}

function showQuery(picture: RgbImage, itsTruth?: Mask): void {
  query = picture;
  truth = itsTruth;
  drawPicture(canvases.query, picture);
  forgetResult();
}

function forgetResult(): void {
  running?.abort();
  result.textContent = '';
  if (query === undefined) return;
  drawMask(canvases.queryMask, {
    width: query.width,
    height: query.height,
    data: new Uint8Array(query.width * query.height),
  });
}

let pair = 0;
/** How often pictures were asked for: what was asked for last is shown, whatever arrives first. */
let asked = 0;
async function showExamples(): Promise<void> {
  const kind = kinds[classes.selectedIndex];
  if (kind === undefined) return;
  asked += 1;
  const turn = asked;
  const { support: example, query: other } = await kind.pair(pair);
  if (turn !== asked) return;
  showQuery(other.image, other.mask);
  showSupport(example.image, example.mask);
}

function openSegmenter(signal: AbortSignal) {
  if (weights === undefined) throw new Error(noWeights);
  const start = () => new Worker(new URL('./segment.worker.ts', import.meta.url), { type: 'module' });
  const { bytes, backboneBytes, source } = weights;
  // A computing worker notices an abort only through shared memory. Without shared memory the page does not wait but ends the worker.
  // Nothing is lost, because the next worker gets the same weights.
  const grace = globalThis.crossOriginIsolated ? 5000 : 100;
  const { backend } = backendChoice;
  return connect<OpenSegmenter>(
    start,
    { backend, weights: bytes, backboneWeights: backboneBytes, source },
    { signal, grace },
  );
}

/** Ends the worker. The next segmentation starts a new one. */
function closeSegmenter(): void {
  running?.abort();
  void segmenter?.then(
    (worker) => worker.dispose(),
    () => {},
  );
  segmenter = undefined;
  engineStatus.textContent = 'starts with the first picture';
}

async function segment(): Promise<void> {
  if (support === undefined) throw new Error('There is no example: choose a picture, and mark the object in it.');
  if (query === undefined) throw new Error('There is no picture to look in: choose one.');
  if (!editor.marks) throw new Error('Nothing is marked in the example: paint over the object, or choose a mask file.');
  const abort = new AbortController();
  const { signal } = abort;
  running = abort;
  buttons.segment.disabled = true;
  buttons.stop.disabled = false;
  const episode: Episode = { support, mask: editor.mask, query };
  const itsTruth = truth;
  try {
    engineStatus.textContent = 'starting…';
    segmenter ??= openSegmenter(signal);
    const worker = await segmenter.catch((error: unknown) => {
      closeSegmenter();
      throw error;
    });
    const { engine, model, size } = await worker.call('about', undefined, { signal });
    engineStatus.textContent = `${engine}. ${model}, pictures at ${size}×${size}.`;
    result.textContent = 'Looking…';
    const stopCounting = frames.start();
    const found = await worker.call('segment', episode, { signal });
    showFound({ ...found, episode, frames: stopCounting() }, itsTruth);
  } finally {
    running = undefined;
    buttons.segment.disabled = false;
    buttons.stop.disabled = true;
    if (result.textContent === 'Looking…') result.textContent = 'Stopped.';
  }
}

function showFound(segmented: Segmented, itsTruth: Mask | undefined): void {
  const { mask, milliseconds, frames } = segmented;
  drawMask(canvases.queryMask, mask);
  const share = mask.data.reduce((sum, inside) => sum + inside, 0) / mask.data.length;
  const found = share === 0 ? 'No similar object was found' : `Found on ${percent(share)} of the picture`;
  const overlap =
    itsTruth === undefined
      ? ''
      : ` Overlap with the drawn figure: ${percent(overlapShare(mask.data, itsTruth))} (intersection over union).`;
  result.textContent =
    `${found}, in ${(milliseconds / 1000).toFixed(2)} s.${overlap} ` +
    `Meanwhile the page painted ${frames.frames} frames; the longest pause between two was ${frames.longestPause.toFixed(0)} ms.`;
  document.dispatchEvent(new CustomEvent<Segmented>('segmented', { detail: segmented }));
}

function overlapShare(found: Uint8Array, { data }: Mask): number {
  const { intersection, union } = overlapOf(found, data).foreground;
  return union === 0 ? 0 : intersection / union;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function useWeights(found: Weights | undefined): void {
  weights = found;
  weightsStatus.textContent =
    found === undefined ? 'none' : `${found.source} (${(found.bytes.length / 2 ** 20).toFixed(1)} MB)`;
  if (found === undefined) notice.show(noWeights);
  buttons.segment.disabled = found === undefined;
  closeSegmenter();
}

/** Calls `use` with each file that the user chooses. Examples on their way do not take the file's place. */
function onFile(id: string, use: (file: File) => Promise<void>): void {
  const input = elementOf(id, HTMLInputElement);
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    if (id !== 'weights-file') asked += 1;
    void notice.during(async () => {
      await use(file);
      // Clearing the input lets the user choose the same file again.
      input.value = '';
    });
  });
}

onFile('support-file', async (file) => showSupport(await readPicture(file)));
onFile('query-file', async (file) => showQuery(await readPicture(file)));
onFile('mask-file', async (file) => {
  if (support === undefined) throw new Error('A mask belongs to an example: choose its picture first.');
  const decoded = decodeMask(new Uint8Array(await file.arrayBuffer()), file.name);
  const meaning = maskMeaning(decoded, file.name);
  editor.mask = resizeNearest(applyMeaning(decoded, meaning), support);
  forgetResult();
  if (meaning.doubt !== undefined) notice.show(`${file.name}: ${meaning.doubt}. Look whether the object is marked.`);
});
onFile('weights-file', async (file) => useWeights(await readWeights(file)));

for (const { name } of kinds) classes.add(new Option(name));
classes.addEventListener('change', () => void notice.during(showExamples));
elementOf('another', HTMLButtonElement).addEventListener('click', () => {
  pair += 1;
  void notice.during(showExamples);
});
elementOf('clear', HTMLButtonElement).addEventListener('click', () => {
  editor.clear();
  forgetResult();
});
buttons.segment.addEventListener('click', () => void notice.during(segment));
buttons.stop.addEventListener('click', () => running?.abort());
backendChoice.onChange(closeSegmenter);

await notice.during(showExamples);
await notice.during(async () => {
  const found = await fetchPhotoWeights();
  // Somebody may have chosen a file meanwhile.
  if (weights === undefined) useWeights(found);
});
