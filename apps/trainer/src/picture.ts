import { encode } from 'fast-png';
import { toPixel, type Points } from './spiral-data.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Orange and blue, told apart by the colour-blind too. */
const classColours: readonly [Colour, Colour] = [
  [213, 94, 0],
  [0, 114, 178],
];
const white: Colour = [255, 255, 255];

/**
 * A PNG of what the network thinks of every place, paler where it is unsure, with the points on top.
 *
 * @param probabilities probability of class 1 for `side` × `side` pixels, row by row from the top
 */
export function drawDecision(probabilities: Float32Array, side: number, points: Points): Uint8Array {
  const data = new Uint8Array(3 * side * side);
  for (const [i, p] of probabilities.entries()) paint(data, i, mix(white, classColours[p > 0.5 ? 1 : 0], 0.75 * Math.abs(2 * p - 1)));
  for (const [i, label] of points.labels.entries()) {
    const x = toPixel(points.positions[2 * i] ?? 0, side);
    const y = toPixel(-(points.positions[2 * i + 1] ?? 0), side);
    drawDot(data, side, x, y, classColours[label === 1 ? 1 : 0]);
  }
  return encode({ width: side, height: side, data, channels: 3, depth: 8 });
}

/** A disc with a white rim, so that it shows on its own colour. */
function drawDot(data: Uint8Array, side: number, x: number, y: number, colour: Colour): void {
  const radius = side / 110;
  const rim = radius + 1.2;
  for (let row = Math.floor(y - rim); row <= y + rim; row += 1) {
    for (let column = Math.floor(x - rim); column <= x + rim; column += 1) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const inside = row >= 0 && row < side && column >= 0 && column < side;
      if (inside && distance <= rim) paint(data, row * side + column, distance <= radius ? colour : white);
    }
  }
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return [0, 1, 2].map((i) => Math.round((from[i] ?? 0) * (1 - share) + (to[i] ?? 0) * share)) as [number, number, number];
}

function paint(data: Uint8Array, pixel: number, colour: Colour): void {
  data.set(colour, 3 * pixel);
}

/** The same decision as text, for a terminal: one character for each `probabilities` pixel, two to a square. */
export function sketchDecision(probabilities: Float32Array, side: number): string {
  const rows = Array.from({ length: side }, (_, row) => probabilities.subarray(row * side, (row + 1) * side));
  return rows.map((row) => Array.from(row, (p) => (p > 0.5 ? '██' : '··')).join('')).join('\n');
}
