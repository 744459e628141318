import { quote } from '../safetensors/format.ts';
import type { Refuse } from './format.ts';
import { Dict, kindOf, type PickleValue } from './pickle/values.ts';
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
 * or `model`, in this order.
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
    if (typeof name !== 'string') throw refuse(`its state dict has ${kindOf(name)} as a name`);
    if (value instanceof TorchTensor) tensors.set(name, value);
    else others.push(name);
  }
  return { tensors, others };
}

function usualState(root: PickleValue): PickleValue | undefined {
  if (!(root instanceof Dict)) return undefined;
  const nested = usualKeys.map((name) => root.get(name)).find((value) => value instanceof Dict && holdsTensors(value));
  return nested ?? root;
}

function holdsTensors(dict: Dict): boolean {
  for (const [, value] of dict.entries()) if (value instanceof TorchTensor) return true;
  return false;
}

function describeMissing(root: PickleValue, key: string | undefined): string {
  if (!(root instanceof Dict)) return `it holds ${kindOf(root)}; a state dict is needed, tensors by name`;
  const keys = [...root.entries()]
    .slice(0, 8)
    .map(([name, value]) => `${typeof name === 'string' ? quote(name) : kindOf(name)} (${kindOf(value)})`);
  const list = keys.length === 0 ? 'nothing' : `${keys.join(', ')}${root.size > keys.length ? ', …' : ''}`;
  const where = key === undefined ? `at its top or under ${usualKeys.join(', ')}` : `under ${quote(key)}`;
  return `there is no state dict (tensors by name) ${where}; it holds ${list}${hint(root)}`;
}

/** Names a key of the dict that holds tensors by name, if there is one. */
function hint(root: Dict): string {
  const found = [...root.entries()].find(([, value]) => value instanceof Dict && holdsTensors(value))?.[0];
  return typeof found === 'string'
    ? `; ${quote(found)} is one: give it as the key (hypercorr convert FILE --key ${quote(found)} writes it alone)`
    : '';
}
