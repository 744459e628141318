import { scope, type Shape, type Tensor } from '@hypercorr/tensor';
import type { Cell } from '../cell.ts';
import { Module } from '../module.ts';
import type { Layer } from './layer.ts';

/** Layers one after another. Their names in a state are their numbers: `0.weight`, `2.bias`. */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  /** Each layer's output is freed as soon as the next one has used it; what a tape saved of it stays. */
  forward(x: Tensor<Shape, 'float32'>): Tensor<Shape, 'float32'> {
    return scope(() => {
      let current = x;
      for (const layer of this.layers) {
        const next = scope(() => layer.forward(current));
        // A layer may hand its input on, and the first input is the caller's.
        if (current !== next && current !== x) current.dispose();
        current = next;
      }
      return current;
    });
  }

  protected override members(): Iterable<readonly [name: string, member: Cell | Module]> {
    return this.layers.map((layer, index) => [String(index), layer]);
  }
}
