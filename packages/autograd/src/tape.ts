import { GradientError, keep, retain, type Tensor } from '@hypercorr/tensor';
import type { Gradient, Named, Op, Recorder } from '@hypercorr/tensor/op';
import { Dependence } from './dependence.ts';
import { OperationStep } from './operation-step.ts';

/** The gradients that have arrived so far, by the identity of the value. The walk owns the gradients. */
export type Cotangents = Map<number, Gradient>;

/** One step of the walk back: an operation, or a function that is computed again. */
export interface Step {
  /** Identities of the values that the step made. */
  readonly outputs: readonly number[];
  /** Reads the cotangents of the step's outputs, and adds those of its inputs to `cotangents`. */
  passBack(cotangents: Cotangents): void;
  /** Frees the saved tensors. */
  free(): void;
}

/**
 * Records the operations that depend on the watched tensors, then walks them backwards. The tape saves only the tensors
 * that the gradient rules of the *followed* inputs ask for: a convolution with frozen weights does not keep its input.
 */
export class Tape implements Recorder {
  readonly #watched = new Set<number>();
  readonly #hidden = new Set<number>();
  readonly #dependence = new Dependence((identity) => this.#watched.has(identity));
  readonly #steps: Step[] = [];

  watch(identity: number): void {
    this.#watched.add(identity);
  }

  /** Whether the value of this identity depends on a watched tensor. */
  follows(identity: number): boolean {
    return this.#dependence.has(identity);
  }

  record(op: Op, inputs: Named<string, Tensor>, attrs: unknown, output: Tensor): void {
    for (const { identity } of Object.values(inputs)) {
      if (this.#hidden.has(identity)) throw escaped();
    }
    const paths = this.#dependence.record(op, inputs, attrs, output);
    if (paths.length > 0) this.#steps.push(new OperationStep(paths, op, inputs, attrs, output));
  }

  /**
   * Adds a step that stands for many operations.
   *
   * @param sources the followed values that the operations read
   * @param hidden values inside the step, which nothing outside may read
   */
  add(step: Step, sources: Iterable<number>, hidden: Iterable<number>): void {
    this.#steps.push(step);
    this.#dependence.add(sources, step.outputs);
    for (const identity of hidden) this.#hidden.add(identity);
  }

  /**
   * Walks back from `output`, and frees the saved tensors of each operation on the way.
   *
   * @returns the gradient for each watched identity that the walk reached, in the current scope
   */
  walk(output: Tensor, cotangent: Gradient): Map<number, Gradient> {
    const cotangents: Cotangents = new Map([[output.identity, keep(retain(cotangent))]]);
    try {
      this.walkFrom(cotangents);
      return new Map([...cotangents].map(([identity, gradient]) => [identity, retain(gradient)]));
    } finally {
      for (const tensor of cotangents.values()) tensor.dispose();
    }
  }

  /**
   * Walks back from every value with a gradient in `cotangents`, and leaves the gradients of the earlier values there.
   */
  walkFrom(cotangents: Cotangents): void {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        step.passBack(cotangents);
      } finally {
        step.free();
      }
      for (const identity of step.outputs) {
        cotangents.get(identity)?.dispose();
        cotangents.delete(identity);
      }
    }
  }

  /** Frees the tensors that are still saved, after an error or without a walk. */
  dispose(): void {
    for (const step of this.#steps) step.free();
    this.#steps.length = 0;
  }
}

function escaped(): GradientError {
  return new GradientError(
    'checkpoint',
    'a value made inside a checkpointed function is used outside without being returned, so no gradient could reach it; ' +
      'return it, or take stopGradient of it inside',
  );
}
