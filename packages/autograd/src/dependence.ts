import type { Tensor } from '@hypercorr/tensor';
import { gradientRule, isFloat, type GradientRule, type Named, type Op, type Recorder } from '@hypercorr/tensor/op';

/** An input through which gradients flow. */
export interface Path {
  readonly input: string;
  readonly identity: number;
  /** Missing if the operation has no derivative for this input. That is an error only if the walk reaches it. */
  readonly rule: GradientRule | undefined;
}

/** While operations run, finds the values that depend on given values, the sources. */
export class Dependence implements Recorder {
  /** The sources that operations have read so far, by identity. Values in `made` are not among them. */
  readonly read = new Set<number>();
  /** The values that were computed from the sources. */
  readonly made = new Set<number>();
  readonly #isSource: (identity: number) => boolean;

  constructor(isSource: (identity: number) => boolean) {
    this.#isSource = isSource;
  }

  has(identity: number): boolean {
    return this.made.has(identity) || this.#isSource(identity);
  }

  /** @returns the inputs through which the output depends on a source */
  record(op: Op, inputs: Named<string, Tensor>, _attrs: unknown, output: Tensor): readonly Path[] {
    if (!isFloat(output.dtype)) return [];
    const paths: Path[] = [];
    for (const [input, { identity }] of Object.entries(inputs)) {
      if (!this.has(identity)) continue;
      const rule = gradientRule(op, input);
      // An input without a rule in the operation's record takes no gradient.
      if (rule === undefined && op.gradients !== 'none') continue;
      paths.push({ input, identity, rule });
    }
    if (paths.length > 0)
      this.add(
        paths.map(({ identity }) => identity),
        [output.identity],
      );
    return paths;
  }

  /** Records that `outputs` were computed from the followed values `inputs`. */
  add(inputs: Iterable<number>, outputs: Iterable<number>): void {
    for (const identity of inputs) if (!this.made.has(identity) && this.#isSource(identity)) this.read.add(identity);
    for (const identity of outputs) this.made.add(identity);
  }
}
