import type { TerminalLog } from '@hypercorr/train/node';
import type { Engine } from '@hypercorr/tensor';
import { openModel, type ModelSettings, type NamedModel } from '../../cli/open-model.ts';
import { ofFold } from './plans.ts';

/** Keeps the model of the current fold open. It is not read again where the next fold has the same weights. */
export class FoldModel implements Disposable {
  readonly #settings: ModelSettings;
  readonly #engine: Engine;
  readonly #log: TerminalLog;
  #opened: { readonly weights: string | undefined; readonly model: NamedModel } | undefined;

  constructor(settings: ModelSettings, engine: Engine, log: TerminalLog) {
    this.#settings = settings;
    this.#engine = engine;
    this.#log = log;
  }

  /**
   * The model with the weights of a fold. Frees the model before if its weights differ.
   *
   * @throws as `openModel`; UsageError for a name with {fold} where there is no fold
   */
  async of(fold: number | undefined): Promise<NamedModel> {
    const named = this.#settings.weights;
    const weights = named && ofFold(named, fold);
    if (this.#opened !== undefined && this.#opened.weights === weights) return this.#opened.model;
    this[Symbol.dispose]();
    const model = await openModel({ ...this.#settings, weights }, this.#engine, this.#log);
    this.#opened = { weights, model };
    return model;
  }

  [Symbol.dispose](): void {
    this.#opened?.model.model.dispose();
    this.#opened = undefined;
  }
}
