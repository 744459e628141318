import {
  DisposedError,
  GradientError,
  forEachTensor,
  keep,
  mapTree,
  retain,
  scope,
  type Tensor,
  type Tree,
} from '@hypercorr/tensor';
import { activeRecorders, withRecorders } from '@hypercorr/tensor/op';
import { Dependence } from './dependence.ts';
import { recalling, remembering } from './once.ts';
import { Tape, type Cotangents, type Step } from './tape.ts';

/**
 * Turns `f` into a function with the same values and gradients, to the bit, that keeps nothing of its inside for the way
 * back but its inputs: the walk computes `f` again, and then passes back through it (Chen et al., *Training Deep Nets
 * with Sublinear Memory Cost*, 2016, section 4). It costs a second forward pass. A chain of n layers in √n such
 * functions keeps about 2 √n values instead of n.
 *
 * As everywhere, derivatives also follow what `f` reaches through its closure, such as parameters; calls may be nested,
 * and differentiated again. `f` has to compute the same each time: random numbers come from keys, and what must not
 * happen twice goes into `once`. What it returns, and nothing else that it makes, may be used outside.
 *
 * @param f from tensors, or arrays and plain objects of them, to the same
 * @throws GradientError, on the way back, when `f` reads other tensors the second time, or one that is freed by then (give
 * that as an input); and when something made inside is used outside without being returned
 *
 * @example const y = checkpoint((x: Tensor<Shape, 'float32'>) => block.forward(x))(x);
 */
export function checkpoint<Inputs extends readonly Tree[], Output extends Tree>(
  f: (...inputs: Inputs) => Output,
): (...inputs: Inputs) => Output {
  return (...inputs) => {
    const tapes = activeRecorders().filter((recorder) => recorder instanceof Tape);
    const compute = (): Output => scope(() => f(...inputs));
    if (tapes.length === 0) return compute();

    const others = activeRecorders().filter((recorder) => !(recorder instanceof Tape));
    const isFollowed = (identity: number): boolean => tapes.some((tape) => tape.follows(identity));
    const inside = new Dependence(isFollowed);
    const { result, memory } = remembering(() => withRecorders([...others, inside], compute));
    const results = identitiesOf(result);
    const outputs = results.filter((identity) => inside.made.has(identity));
    const hidden = [...inside.made].filter((identity) => !outputs.includes(identity));
    for (const tape of tapes) {
      const sources = new Set([...inside.read].filter((identity) => tape.follows(identity)));
      if (sources.size === 0) continue;
      const kept = mapTree(inputs, (tensor) => keep(retain(tensor)));
      const again = (): readonly number[] => recalling(memory, () => scope(() => identitiesOf(f(...kept))));
      tape.add(
        new RecomputedStep({ inputs: kept, again, isFollowed, read: inside.read, sources, results, outputs }),
        sources,
        hidden,
      );
    }
    return result;
  };
}

interface Recomputed {
  /** Handles of the tape's own. */
  readonly inputs: Tree;
  /** Computes the function again. @returns the identities of its results */
  readonly again: () => readonly number[];
  /** Whether any tape follows a value. */
  readonly isFollowed: (identity: number) => boolean;
  /** The followed values outside that the function read the first time. */
  readonly read: ReadonlySet<number>;
  /** Those of them that this tape follows. */
  readonly sources: ReadonlySet<number>;
  /** The identities of the results of the first time. */
  readonly results: readonly number[];
  /** Those of them that were made inside and depend on the sources. */
  readonly outputs: readonly number[];
}

/** A call of a checkpointed function. */
class RecomputedStep implements Step {
  readonly outputs: readonly number[];
  readonly #call: Recomputed;

  constructor(call: Recomputed) {
    this.outputs = call.outputs;
    this.#call = call;
  }

  passBack(cotangents: Cotangents): void {
    if (!this.outputs.some((identity) => cotangents.has(identity))) return;
    const tape = new Tape();
    try {
      const results = this.#recompute(tape);
      // The values of the second time take over the gradients of the first.
      for (const [i, identity] of this.#call.results.entries()) {
        const cotangent = cotangents.get(identity);
        const now = results[i];
        if (cotangent === undefined || now === undefined) continue;
        cotangents.delete(identity);
        cotangents.set(now, cotangent);
      }
      // Contributions are added to those that are there already, in the order in which they would have been without.
      tape.walkFrom(cotangents);
    } finally {
      tape.dispose();
    }
  }

  free(): void {
    forEachTensor(this.#call.inputs, (tensor) => tensor.dispose());
  }

  #recompute(tape: Tape): readonly number[] {
    const { again, isFollowed, read, sources, results } = this.#call;
    const inside = new Dependence(isFollowed);
    for (const identity of sources) tape.watch(identity);
    try {
      const now = withRecorders([...activeRecorders(), tape, inside], again);
      const readTheSame = inside.read.size === read.size && [...read].every((identity) => inside.read.has(identity));
      if (now.length === results.length && readTheSame) return now;
    } catch (cause) {
      if (!(cause instanceof DisposedError)) throw cause;
      const reason = 'the function reads a tensor that was freed before the way back; give it as an input';
      throw new GradientError('checkpoint', reason, { cause });
    }
    throw new GradientError(
      'checkpoint',
      'the function did not compute the same when it was computed again for the way back',
    );
  }
}

function identitiesOf(tree: Tree): readonly number[] {
  const identities: number[] = [];
  forEachTensor(tree, ({ identity }: Tensor) => identities.push(identity));
  return identities;
}
