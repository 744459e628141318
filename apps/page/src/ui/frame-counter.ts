import { elementOf } from './elements.ts';

/** The frames that the page painted during some time. */
export interface Frames {
  readonly frames: number;
  /** The longest time between two frames, in milliseconds. */
  readonly longestPause: number;
}

/** Counts the frames that the page paints. A steady count shows that the page is not blocked. */
export class FrameCounter {
  #frames = 0;
  #longestPause = 0;
  #last = performance.now();

  constructor() {
    const total = elementOf('frames', HTMLElement);
    const paint = (now: number): void => {
      this.#frames += 1;
      this.#longestPause = Math.max(this.#longestPause, now - this.#last);
      this.#last = now;
      total.textContent = String(this.#frames);
      requestAnimationFrame(paint);
    };
    requestAnimationFrame(paint);
  }

  /** Starts counting. @returns a function that gives the frames painted since then */
  start(): () => Frames {
    const before = this.#frames;
    this.#longestPause = 0;
    return () => ({ frames: this.#frames - before, longestPause: this.#longestPause });
  }
}
