import type { Mask, Size } from '@hypercorr/datasets';
import { drawMask } from './pictures.ts';

export interface Brush {
  readonly erases: boolean;
  /** In pixels of the picture. */
  readonly radius: number;
}

/** Lets the user paint a mask with the pointer, on a canvas that lies over the picture. */
export class MaskEditor {
  readonly #canvas: HTMLCanvasElement;
  readonly #brush: () => Brush;
  readonly #onChange: () => void;
  #mask: Mask = { width: 1, height: 1, data: new Uint8Array(1) };
  /** The last position of the pointer while it paints; undefined otherwise. */
  #from: Point | undefined;

  /**
   * @param brush called at every stroke for the current brush
   * @param onChange called when a stroke has changed the mask
   */
  constructor(canvas: HTMLCanvasElement, brush: () => Brush, onChange: () => void) {
    this.#canvas = canvas;
    this.#brush = brush;
    this.#onChange = onChange;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#from = this.#place(event);
      this.#strokeTo(event);
    });
    canvas.addEventListener('pointermove', (event) => this.#strokeTo(event));
    for (const type of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(type, () => (this.#from = undefined));
  }

  /** A copy of the mask. Later strokes do not change the copy. */
  get mask(): Mask {
    return { ...this.#mask, data: this.#mask.data.slice() };
  }

  set mask({ width, height, data }: Mask) {
    this.#mask = { width, height, data: data.map((value) => (value === 1 ? 1 : 0)) };
    drawMask(this.#canvas, this.#mask);
  }

  /** Whether anything is marked. */
  get marks(): boolean {
    return this.#mask.data.includes(1);
  }

  clear({ width, height }: Size = this.#mask): void {
    this.mask = { width, height, data: new Uint8Array(width * height) };
  }

  #place({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * this.#mask.width, y: ((clientY - top) / height) * this.#mask.height };
  }

  #strokeTo(event: PointerEvent): void {
    if (this.#from === undefined) return;
    const to = this.#place(event);
    paintStroke(this.#mask, this.#from, to, this.#brush());
    this.#from = to;
    drawMask(this.#canvas, this.#mask);
    this.#onChange();
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Marks (or erases) the pixels whose centres are within the brush's radius of the line between two points. */
export function paintStroke({ width, height, data }: Mask, from: Point, to: Point, { radius, erases }: Brush): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  const reach = (a: number, b: number, size: number) =>
    [Math.max(0, Math.floor(Math.min(a, b) - radius)), Math.min(size, Math.ceil(Math.max(a, b) + radius))] as const;
  const [left, right] = reach(from.x, to.x, width);
  const [top, bottom] = reach(from.y, to.y, height);
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      if (Math.hypot(px - along * dx, py - along * dy) <= radius) data[y * width + x] = erases ? 0 : 1;
    }
  }
}
