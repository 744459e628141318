import { elementOf } from './elements.ts';

/** Tells the user that something did not work, at the top of the page, until `clear`. */
export class Notice {
  readonly #element = elementOf('notice', HTMLElement);

  show(error: unknown): void {
    this.#element.textContent = error instanceof Error ? error.message : String(error);
    this.#element.hidden = false;
  }

  clear(): void {
    this.#element.hidden = true;
  }

  /** Runs `action`; shows what it throws, but for an abort, which the user asked for. */
  async during(action: () => Promise<void>): Promise<void> {
    this.clear();
    try {
      await action();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) this.show(error);
    }
  }
}
