/** Who is told how a training goes. A terminal's log is one; `silent` tells nobody. */
export interface Log {
  /** A remark. */
  say(text: string): void;
  /** Something went wrong, and the training dealt with it. */
  warn(text: string): void;
  /**
   * Begins to show how far the work is.
   *
   * @param total how many steps there are
   * @param options `unit`: what is counted, `'step'` if absent; `from`: how many were done before
   */
  progress(total: number, options?: { readonly unit?: string; readonly from?: number }): Progress;
}

export interface Progress {
  /** @param note the figure of interest: "loss 0.3041" */
  update(done: number, note?: string): void;
}

/** Asks a training to stop: a terminal's Ctrl-C, for example. */
export interface StopRequest {
  /** The training looks at it before every step. It saves and ends when this is true. */
  readonly requested: boolean;
  /** From now on the training honours a request, and does what it promises: "the current step is finished and the run saved". */
  finishWith(promise: string): void;
  /** Registers what has to be done at once, synchronously, if the program ends without waiting. */
  onAbort(cleanUp: () => void): void;
}

export const silent: Log = { say() {}, warn() {}, progress: () => ({ update() {} }) };

/** Nobody asks. */
export const neverStop: StopRequest = { requested: false, finishWith() {}, onAbort() {} };
