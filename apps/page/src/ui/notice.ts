import { elementOf } from './elements.ts';

/** Shows an error at the top of the page until `clear` is called. */
export class Notice {
  readonly #element = elementOf('notice', HTMLElement);

  show(error: unknown): void {
    this.#element.textContent = error instanceof Error ? error.message : String(error);
    this.#element.hidden = false;
  }

  clear(): void {
    this.#element.hidden = true;
  }

  /** Runs `action` and shows its error, if it throws one. An abort is not shown, because the user asked for it. */
  async during(action: () => Promise<void>): Promise<void> {
    this.clear();
    try {
      await action();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) this.show(error);
    }
  }
}
