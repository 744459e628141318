import type { StateDict } from '@hypercorr/nn';
import { FormatError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';

/** The names of a state without what other programs put in front of them. */
export interface UnwrappedNames {
  /**
   * What stands in front of the known names: `module.` of data-parallel training, `_orig_mod.` of `torch.compile`,
   * `model.` of Lightning, `module.encoder_q.` of MoCo, several of them or any other; empty if nothing does.
   */
  readonly prefix: string;
  /** The names behind the prefix. */
  readonly names: readonly string[];
  /** Names without the prefix, as of the second network of a MoCo. */
  readonly outside: readonly string[];
}

/** Second copies of a network, and an optimiser's memory of each parameter. The other copy is the trained one. */
const copies = /(^|[._])(ema|encoder_k|key_encoder|momentum|target|averaged|optimizer)(?=[._])/;

/** `torch.nn.DataParallel` puts it in front of every name, known or not. */
const usualPrefix = 'module.';

/**
 * Finds the prefix under which most known names stand.
 *
 * @param isKnown tells a known name without any prefix, such as `layer1.0.conv1.weight`
 * @param source what errors call the state
 * @throws FormatError that names the prefixes, if several have as many known names
 */
export function unwrapNames(
  all: Iterable<string>,
  isKnown: (name: string) => boolean,
  { source = 'the state' }: { readonly source?: string } = {},
): UnwrappedNames {
  const names = [...all];
  const counts = new Map<string, number>();
  for (const name of names)
    for (let at = 0; at >= 0; at = nextPart(name, at))
      if (isKnown(name.slice(at))) {
        const prefix = name.slice(0, at);
        counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
        break;
      }
  const prefix = bestPrefix(counts, source) ?? (names.every((name) => name.startsWith(usualPrefix)) ? usualPrefix : '');
  return {
    prefix,
    names: names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
    outside: names.filter((name) => !name.startsWith(prefix)),
  };
}

/** Where the next part of a name begins; −1 behind the last. */
function nextPart(name: string, at: number): number {
  const dot = name.indexOf('.', at);
  return dot < 0 ? -1 : dot + 1;
}

function bestPrefix(counts: ReadonlyMap<string, number>, source: string): string | undefined {
  const most = Math.max(0, ...counts.values());
  const found = [...counts].flatMap(([prefix, count]) => (count === most ? [prefix] : []));
  const trained = found.filter((prefix) => !copies.test(prefix));
  const [best, ...others] = trained.length > 0 ? trained : found;
  if (others.length > 0 && best !== undefined)
    throw new FormatError(
      'weights',
      `${source} holds the network ${found.length} times, under ${listed([best, ...others])}; keep the names of one of them`,
    );
  return best;
}

/** A state under the names behind a prefix. Elements are shared. */
export function withoutPrefix(state: StateDict, prefix: string): StateDict {
  return Object.fromEntries(
    Object.entries(state).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  );
}

/** Whether a name is of a backbone's layers, as torchvision and this library call them. */
export function isBackboneName(name: string): boolean {
  return /^(layer[1-4]|features)\.\d+\.|^expanded_conv(_\d+)?\./.test(name);
}

/**
 * Whether a tensor belongs to no layer of `expected`, but counts something: multiply-adds and parameters (thop), or
 * the batches that a batch norm saw.
 */
export function isStrayCounter(name: string, expected: StateDict): boolean {
  return /(^|\.)(total_ops|total_params|num_batches_tracked)$/.test(name) && !Object.hasOwn(expected, name);
}
