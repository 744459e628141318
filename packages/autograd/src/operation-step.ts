import { GradientError, keep, retain, scope, type Spec, type Tensor } from '@hypercorr/tensor';
import { addOp, run, savedNames, type Gradient, type Named, type Op } from '@hypercorr/tensor/op';
import type { Path } from './dependence.ts';
import { sumTo } from './sum-to.ts';
import type { Cotangents, Step } from './tape.ts';

/** One recorded operation: its record, and the tape's own handles of the tensors that its gradient rules need. */
export class OperationStep implements Step {
  readonly outputs: readonly [number];
  readonly #op: Op;
  readonly #attrs: unknown;
  readonly #inputs: Named<string, Spec>;
  readonly #output: Spec;
  readonly #paths: readonly Path[];
  readonly #saved: Named<string, Tensor>;

  constructor(paths: readonly Path[], op: Op, inputs: Named<string, Tensor>, attrs: unknown, output: Tensor) {
    const saved: Record<string, Tensor> = {};
    for (const name of paths.flatMap(({ input, rule }) => (rule === undefined ? [] : savedNames(rule, input)))) {
      const tensor = name === 'output' ? output : inputs[name];
      // The tape's saved tensors outlive the scopes of the forward pass.
      if (tensor !== undefined) saved[name] ??= keep(retain(tensor));
    }
    this.outputs = [output.identity];
    this.#op = op;
    // A copy: the caller may change a list of axes before the walk reaches this operation.
    this.#attrs = copyOf(attrs);
    this.#inputs = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, specOf(tensor)]));
    this.#output = specOf(output);
    this.#paths = paths;
    this.#saved = saved;
  }

  passBack(cotangents: Cotangents): void {
    const cotangent = cotangents.get(this.outputs[0]);
    if (cotangent === undefined) return;
    const [op, attrs, inputs, output, saved] = [this.#op, this.#attrs, this.#inputs, this.#output, this.#saved];
    for (const { input, identity, rule } of this.#paths) {
      if (rule === undefined) {
        throw new GradientError(op.name, `the derivative of ${op.name} is not defined, so no gradient can pass it`);
      }
      const sum = scope((): Gradient => {
        const given = rule.apply({ cotangent, saved, attrs, inputs, output, input });
        const shape = inputs[input]?.shape ?? [];
        // Broadcasting is undone here and nowhere else.
        const contribution = sumTo(given, shape, op.name);
        const before = cotangents.get(identity);
        if (before !== undefined) return run(addOp, { a: before, b: contribution }, {});
        // A rule may return a tensor that it does not own. Addition returns its cotangent.
        const borrowed = contribution === cotangent || Object.values(saved).includes(contribution);
        return borrowed ? retain(contribution) : contribution;
      });
      cotangents.get(identity)?.dispose();
      cotangents.set(identity, keep(sum));
    }
  }

  free(): void {
    for (const tensor of Object.values(this.#saved)) tensor.dispose();
  }
}

/**
 * A deep copy. Attributes are nearly always plain objects and lists, and `structuredClone` takes five times as long for
 * those.
 */
function copyOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map(copyOf);
  if (Object.getPrototypeOf(data) !== Object.prototype) return structuredClone(data);
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) copy[name] = copyOf(value);
  return copy;
}

function specOf({ shape, dtype }: Tensor): Spec {
  return { shape, dtype };
}
