import { childKeys, uniformNumbers, type Key } from '@hypercorr/tensor';

/** Labelled points of the plane. */
export interface Points {
  /** x and y alternate, each within about [−1, 1]. */
  readonly positions: Float32Array;
  /** 0 or 1 for each point. */
  readonly labels: Int32Array;
}

const turns = 2.25;
const noise = 0.02;

/** Two interleaved spirals of `perClass` points each. No straight line separates them, and the problem is easy to draw. */
export function twoSpirals(key: Key, perClass: number): Points {
  const [along, across] = childKeys(key, 2).map((child) => uniformNumbers(child, 4 * perClass));
  const positions = new Float32Array(4 * perClass);
  const labels = new Int32Array(2 * perClass);
  for (let i = 0; i < 2 * perClass; i += 1) {
    const label = i % 2;
    // The square root spreads the points evenly over the length of the spiral.
    const radius = 0.08 + 0.87 * Math.sqrt(along?.[i] ?? 0);
    const angle = 2 * Math.PI * turns * radius + Math.PI * label;
    positions[2 * i] = radius * Math.cos(angle) + noise * wobble(across?.[2 * i]);
    positions[2 * i + 1] = radius * Math.sin(angle) + noise * wobble(across?.[2 * i + 1]);
    labels[i] = label;
  }
  return { positions, labels };
}

function wobble(uniform = 0): number {
  return 2 * uniform - 1;
}

/** The drawn part of the plane is [−reach, reach]². */
const reach = 1.1;

/** The positions of the centres of `side` × `side` pixels over the plane, row by row from the top. */
export function pixelGrid(side: number): Float32Array {
  const positions = new Float32Array(2 * side * side);
  for (let i = 0; i < side * side; i += 1) {
    positions[2 * i] = fromPixel((i % side) + 0.5, side);
    positions[2 * i + 1] = -fromPixel(Math.floor(i / side) + 0.5, side);
  }
  return positions;
}

function fromPixel(pixel: number, side: number): number {
  return reach * ((2 * pixel) / side - 1);
}

/** Converts a coordinate to a pixel position along `side` pixels. */
export function toPixel(coordinate: number, side: number): number {
  return ((coordinate / reach + 1) / 2) * side;
}
