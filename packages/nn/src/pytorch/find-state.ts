import { quote } from '../safetensors/format.ts';
import { saveStateAlone, type Refuse } from './format.ts';
import { Dict, Placeholder, kindOf, type PickleValue } from './pickle/values.ts';
import { TorchTensor } from './torch/tensor.ts';

/** The keys under which training scripts keep the state dict. */
const usualKeys = ['state_dict', 'model_state_dict', 'model'];

export interface FoundState {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Names in the state dict that stand for something else, such as a number of steps. */
  readonly others: readonly string[];
}

/**
 * The tensors by name in the saved object: a state dict, or a dict that has one as its `state_dict`, `model_state_dict`
 * or `model`, in this order; such a dict may stand within another.
 *
 * @param key the key to use instead
 * @throws FormatError that lists the keys in the file, if no state dict is found
 */
export function findState(root: PickleValue, key: string | undefined, refuse: Refuse): FoundState {
  const dict = key === undefined ? usualState(root) : root instanceof Dict ? root.get(key) : undefined;
  if (!(dict instanceof Dict) || !holdsTensors(dict)) throw refuse(describeMissing(root, key));
  const tensors = new Map<string, TorchTensor>();
  const others: string[] = [];
  for (const [name, value] of dict.entries()) {
    if (typeof name !== 'string')
      throw refuse(
        `its tensors stand under ${kindOf(name)}${typeof name === 'number' ? `, ${name}` : ''}, and not under names: this is no state dict of a model; ${saveStateAlone}`,
      );
    if (value instanceof TorchTensor) tensors.set(name, value);
    else others.push(name);
  }
  return { tensors, others };
}

/** How deep a state dict may lie in other dicts, as in `{'model': {'state_dict': …}}`. */
const mostNests = 3;

function usualState(value: PickleValue | undefined, nests = mostNests): Dict | undefined {
  if (!(value instanceof Dict)) return undefined;
  for (const key of nests > 0 ? usualKeys : []) {
    const nested = usualState(value.get(key), nests - 1);
    if (nested !== undefined) return nested;
  }
  return holdsTensors(value) ? value : undefined;
}

function holdsTensors(dict: Dict): boolean {
  for (const [, value] of dict.entries()) if (value instanceof TorchTensor) return true;
  return false;
}

function describeMissing(root: PickleValue, key: string | undefined): string {
  if (root instanceof Placeholder && root.isModule) return wholeModel(root, '');
  if (!(root instanceof Dict)) return `it holds ${kindOf(root)}; a state dict is needed, tensors by name`;
  if (root.size === 0) return 'it holds an empty dict: nothing was saved in it';
  const keys = [...root.entries()]
    .slice(0, 8)
    .map(([name, value]) => `${typeof name === 'string' ? quote(name) : kindOf(name)} (${kindOf(value)})`);
  const list = keys.length === 0 ? 'nothing' : `${keys.join(', ')}${root.size > keys.length ? ', …' : ''}`;
  const where = key === undefined ? `at its top or under ${usualKeys.join(', ')}` : `under ${quote(key)}`;
  return `there is no state dict (tensors by name) ${where}; it holds ${list}${hint(root)}`;
}

/** What `torch.save(model)` wrote, under a key or not, and the way to its tensors. */
function wholeModel({ what }: Placeholder, index: string): string {
  const load = `torch.load(FILE, weights_only=False)${index}.state_dict()`;
  return `it is a whole model (${what}), and not a state dict; a model can be read only by its own code. Write its state dict where that code is, in Python: torch.save(${load}, NEW)`;
}

/** Names a key of the dict that holds tensors by name, or a whole model, if there is one. */
function hint(root: Dict): string {
  const entries = [...root.entries()];
  const found = entries.find(([, value]) => value instanceof Dict && holdsTensors(value))?.[0];
  if (typeof found === 'string')
    return `; ${quote(found)} is one: give it as the key (hypercorr convert FILE --key ${quote(found)} writes it alone)`;
  for (const [key, value] of entries)
    if (value instanceof Placeholder && value.isModule && typeof key === 'string')
      return `; of ${quote(key)}: ${wholeModel(value, `[${quote(key)}]`)}`;
  return entries.some(([, value]) => value instanceof Placeholder && value.path.startsWith('numpy.'))
    ? '; arrays of NumPy are not read: save tensors in Python, torch.from_numpy(array)'
    : '';
}
