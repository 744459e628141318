import { scope, type Shape, type Tensor } from '@hypercorr/tensor';
import type { Cell } from '../cell.ts';
import { Module } from '../module.ts';
import type { Layer } from './layer.ts';

/** Layers one after another. In a state they are named by their numbers: `0.weight`, `2.bias`. */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  /** Each layer's output is freed as soon as the next layer has used it. A tape keeps the tensors that it saved. */
  forward(x: Tensor<Shape, 'float32'>): Tensor<Shape, 'float32'> {
    return scope(() => {
      let current = x;
      for (const layer of this.layers) {
        const next = scope(() => layer.forward(current));
        // A layer may return its input, and the first input belongs to the caller.
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
