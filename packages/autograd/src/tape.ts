import {
  GradientError,
  addOp,
  gradientRule,
  isFloat,
  keep,
  retain,
  run,
  savedNames,
  scope,
  type Gradient,
  type GradientRule,
  type Named,
  type Op,
  type Recorder,
  type Spec,
  type Tensor,
} from '@hypercorr/tensor';
import { sumTo } from './sum-to.ts';

/** One recorded operation: what the walk needs to pass it backwards. */
interface Step {
  readonly op: Op;
  readonly attrs: unknown;
  readonly inputs: Named<string, Spec>;
  readonly output: Spec;
  readonly outputIdentity: number;
  /** The inputs that gradients flow to. */
  readonly paths: readonly Path[];
  /** Handles of the tape's own on what the rules asked to keep. */
  readonly saved: Named<string, Tensor>;
}

interface Path {
  readonly input: string;
  readonly identity: number;
  /** Missing where nobody wrote the derivative: an error only if the walk gets there. */
  readonly rule: GradientRule | undefined;
}

/**
 * Records the operations that depend on the watched tensors, then walks them backwards.
 * It saves what the gradient rules of the *followed* inputs ask for and nothing else: a convolution
 * with frozen weights does not keep its input.
 */
export class Tape implements Recorder {
  readonly #followed = new Set<number>();
  readonly #steps: Step[] = [];

  watch(tensor: Tensor): void {
    this.#followed.add(tensor.identity);
  }

  record(op: Op, inputs: Named<string, Tensor>, attrs: unknown, output: Tensor): void {
    if (!isFloat(output.dtype)) return;
    const paths: Path[] = [];
    for (const [input, tensor] of Object.entries(inputs)) {
      if (!this.#followed.has(tensor.identity)) continue;
      const rule = gradientRule(op, input);
      // An input that its record gives no rule takes no gradient.
      if (rule !== undefined || op.gradients === 'none') paths.push({ input, identity: tensor.identity, rule });
    }
    if (paths.length === 0) return;

    const saved: Record<string, Tensor> = {};
    for (const name of paths.flatMap(({ input, rule }) => (rule === undefined ? [] : savedNames(rule, input)))) {
      const tensor = name === 'output' ? output : inputs[name];
      // What the tape saves outlives the scopes of the forward pass.
      if (tensor !== undefined) saved[name] ??= keep(retain(tensor));
    }
    // A copy: the caller may change a list of axes before the walk gets here.
    this.#steps.push({ op, attrs: structuredClone(attrs), inputs: specsOf(inputs), output: specOf(output), outputIdentity: output.identity, paths, saved });
    this.#followed.add(output.identity);
  }

  /**
   * Walks back from `output`, freeing what each operation saved as it passes.
   *
   * @returns the gradient for each watched identity that the walk reached, in the current scope
   */
  walk(output: Tensor, cotangent: Gradient): Map<number, Gradient> {
    const cotangents = new Map([[output.identity, keep(retain(cotangent))]]);
    try {
      for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
        const arrived = cotangents.get(step.outputIdentity);
        try {
          if (arrived !== undefined) passBack(step, arrived, cotangents);
        } finally {
          freeSaved(step);
        }
        cotangents.delete(step.outputIdentity);
        arrived?.dispose();
      }
      return new Map([...cotangents].map(([identity, gradient]) => [identity, retain(gradient)]));
    } finally {
      for (const tensor of cotangents.values()) tensor.dispose();
    }
  }

  /** Frees what is still saved, after an error or when no walk was asked for. */
  dispose(): void {
    for (const step of this.#steps) freeSaved(step);
    this.#steps.length = 0;
  }
}

/** Adds to `cotangents` what this step passes on to its inputs. */
function passBack(step: Step, cotangent: Gradient, cotangents: Map<number, Gradient>): void {
  const { op, attrs, inputs, output, saved } = step;
  for (const { input, identity, rule } of step.paths) {
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
      // A rule may hand on a tensor that is not its own, as addition does with its cotangent.
      const borrowed = contribution === cotangent || Object.values(saved).includes(contribution);
      return borrowed ? retain(contribution) : contribution;
    });
    cotangents.get(identity)?.dispose();
    cotangents.set(identity, keep(sum));
  }
}

function freeSaved(step: Step): void {
  for (const tensor of Object.values(step.saved)) tensor.dispose();
}

function specOf({ shape, dtype }: Tensor): Spec {
  return { shape, dtype };
}

function specsOf(inputs: Named<string, Tensor>): Named<string, Spec> {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, specOf(tensor)]));
}
