import { contextOf } from '../ui/elements.ts';
import { toPixel, type Points } from './spiral-data.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Orange and blue that colour-blind people can also tell apart (Okabe and Ito). */
const classColours: readonly [Colour, Colour] = [
  [213, 94, 0],
  [0, 114, 178],
];
const white: Colour = [255, 255, 255];

/**
 * Draws the network's prediction at every place, paler where it is unsure.
 *
 * @param probabilities of the second spiral, for the pixels of a square, row by row; the canvas is resized to the square
 */
export function drawRegions(canvas: HTMLCanvasElement, probabilities: Float32Array): void {
  const side = Math.sqrt(probabilities.length);
  if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
  const regions = new ImageData(side, side);
  for (const [i, p] of probabilities.entries()) {
    const colour = mix(white, classColours[p > 0.5 ? 1 : 0], 0.75 * Math.abs(2 * p - 1));
    regions.data.set([...colour, 255], 4 * i);
  }
  contextOf(canvas).putImageData(regions, 0, 0);
}

/** Draws the points on a square canvas that lies over the regions. A white rim makes each disc visible on a region of its own colour. */
export function drawPoints(canvas: HTMLCanvasElement, { positions, labels }: Points): void {
  const context = contextOf(canvas);
  const { width } = canvas;
  context.clearRect(0, 0, width, width);
  context.lineWidth = width / 400;
  context.strokeStyle = `rgb(${white.join()})`;
  for (const [i, label] of labels.entries()) {
    context.beginPath();
    context.arc(
      toPixel(positions[2 * i] ?? 0, width),
      toPixel(-(positions[2 * i + 1] ?? 0), width),
      width / 130,
      0,
      2 * Math.PI,
    );
    context.fillStyle = `rgb(${classColours[label === 1 ? 1 : 0].join()})`;
    context.fill();
    context.stroke();
  }
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const channel = (i: 0 | 1 | 2): number => Math.round(from[i] * (1 - share) + to[i] * share);
  return [channel(0), channel(1), channel(2)];
}

/** The losses at which the chart has grid lines, from top to bottom. */
const decades = [1, 0.1, 0.01, 0.001, 0.0001] as const;

/** Draws the loss of every step so far, on a logarithmic scale, in the page's colours. */
export function drawLosses(canvas: HTMLCanvasElement, losses: readonly number[]): void {
  const context = contextOf(canvas);
  const { width, height } = canvas;
  const style = getComputedStyle(canvas);
  const [left, right, top, bottom] = [84, width - 16, 12, height - 36];
  const x = (step: number): number => left + ((right - left) * step) / Math.max(losses.length, 1);
  const y = (loss: number): number => top + ((bottom - top) * -Math.log10(Math.min(1, Math.max(loss, 1e-4)))) / 4;
  context.clearRect(0, 0, width, height);
  context.font = `18px ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.strokeStyle = style.borderColor;
  context.lineWidth = 1;
  context.textAlign = 'right';
  for (const loss of decades) {
    context.beginPath();
    context.moveTo(left, y(loss));
    context.lineTo(right, y(loss));
    context.stroke();
    context.fillText(String(loss), left - 8, y(loss) + 6);
  }
  context.fillText(`step ${losses.length}`, right, height - 10);
  context.strokeStyle = style.outlineColor;
  context.lineWidth = 2.5;
  context.beginPath();
  for (const [step, loss] of losses.entries()) context.lineTo(x(step), y(loss));
  context.stroke();
}
