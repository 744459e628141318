import { backends, findBackends, preferredBackend, type Backend } from '../engine/backends.ts';
import { elementOf } from './elements.ts';

const titles: Readonly<Record<Backend, string>> = {
  'wasm-threads': 'WebAssembly, with threads',
  'wasm-plain': 'WebAssembly, one thread',
  webgpu: 'GPU',
};

/**
 * Fills the fieldset `#backends` with the backends, each with the reason why it can or cannot run here. Chooses the first one that can
 * run.
 */
export class BackendChoice {
  readonly #fieldset: HTMLFieldSetElement;

  private constructor(fieldset: HTMLFieldSetElement) {
    this.#fieldset = fieldset;
  }

  static async create(): Promise<BackendChoice> {
    const fieldset = elementOf('backends', HTMLFieldSetElement);
    const found = await findBackends();
    const preferred = preferredBackend(found);
    for (const backend of backends) {
      const { available, why } = found[backend];
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'backend', value: backend });
      input.disabled = !available;
      input.checked = backend === preferred;
      const title = Object.assign(document.createElement('strong'), { textContent: titles[backend] });
      const reason = Object.assign(document.createElement('small'), { textContent: why });
      const label = document.createElement('label');
      label.append(input, title, reason);
      fieldset.append(label);
    }
    return new BackendChoice(fieldset);
  }

  get backend(): Backend {
    const checked = this.#fieldset.querySelector('input:checked');
    return backends.find((backend) => checked instanceof HTMLInputElement && checked.value === backend) ?? 'wasm-plain';
  }

  onChange(listener: () => void): void {
    this.#fieldset.addEventListener('change', listener);
  }
}
