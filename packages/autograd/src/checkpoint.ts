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
 * Turns `f` into a function with the same values and gradients, bit for bit, that saves only its inputs for the way
 * back. The walk computes `f` again, and then passes back through it (Chen et al., *Training Deep Nets with Sublinear
 * Memory Cost*, 2016, section 4). This costs a second forward pass. A chain of n layers in √n such functions keeps
 * about 2 √n values instead of n.
 *
 * Derivatives also follow the tensors that `f` reaches through its closure, such as parameters. Calls may be nested,
 * and differentiated again. `f` has to compute the same each time: take random numbers from keys, and put effects that
 * must happen only once into `once`. Only the values that `f` returns may be used outside.
 *
 * @param f from tensors, or arrays and plain objects of them, to the same
 * @throws GradientError on the way back, when `f` reads other tensors the second time, or a tensor that was freed in
 * between (make it an input); and when a value made inside is used outside without being returned
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
  /** The tape's own handles of the inputs. */
  readonly inputs: Tree;
  /** Computes the function again. @returns the identities of its results */
  readonly again: () => readonly number[];
  /** Whether any tape follows this value. */
  readonly isFollowed: (identity: number) => boolean;
  /** The followed outside values that the function read the first time. */
  readonly read: ReadonlySet<number>;
  /** The values of `read` that this tape follows. */
  readonly sources: ReadonlySet<number>;
  /** The identities of the first results. */
  readonly results: readonly number[];
  /** Those of `results` that were made inside and depend on the sources. */
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
      // The second results take over the gradients of the first.
      for (const [i, identity] of this.#call.results.entries()) {
        const cotangent = cotangents.get(identity);
        const now = results[i];
        if (cotangent === undefined || now === undefined) continue;
        cotangents.delete(identity);
        cotangents.set(now, cotangent);
      }
      // Contributions are added to the existing ones, in the same order as without `checkpoint`.
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
