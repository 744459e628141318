import type { StoredDType } from '../../safetensors/format.ts';
import type { Refuse } from '../format.ts';
import {
  Callable,
  Dict,
  List,
  Opaque,
  PickleSet,
  Placeholder,
  Tuple,
  bytesWords,
  kindOf,
  type Budget,
  type PickleValue,
} from '../pickle/values.ts';
import { dtypesByClass, dtypesByName } from './dtypes.ts';
import { StorageType } from './storage.ts';
import { TorchTensor, readView } from './tensor.ts';

/** `torch.float32`. */
class TorchDType extends Opaque {
  readonly what = 'a dtype';
  readonly dtype: StoredDType;

  constructor(dtype: StoredDType) {
    super();
    this.dtype = dtype;
  }
}

/**
 * The values of the names that a pickle of weights may ask for: containers, storages, dtypes, and the functions that
 * make tensors of storages. A placeholder stands for every other name, be it a class or a function of the system.
 *
 * @returns `find` of an `Environment`
 */
export function torchGlobals(refuse: Refuse): (module: string, name: string) => PickleValue {
  const globals = new Map<string, PickleValue>([...callables(refuse), ...types(refuse)]);
  return (module, name) => {
    const path = `${module}.${name}`;
    return globals.get(path) ?? new Placeholder(path);
  };
}

/**
 * Storage types, dtypes, and the tensor classes of 2017. Such a class makes an empty tensor, which is given a state
 * later.
 */
function types(refuse: Refuse): (readonly [string, PickleValue])[] {
  const emptyTensor = (name: string) =>
    [name, new Callable(name, (_, budget) => emptyTensorOf(budget, refuse))] as const;
  return [
    ...[...dtypesByName].map(([name, dtype]) => [`torch.${name}`, new TorchDType(dtype)] as const),
    ...['torch', 'torch.cuda'].flatMap((module) =>
      [...dtypesByClass].flatMap(([name, dtype]) => [
        [`${module}.${name}Storage`, new StorageType(dtype)] as const,
        emptyTensor(`${module}.${name}Tensor`),
      ]),
    ),
    ['torch.storage.UntypedStorage', new StorageType('U8')],
    emptyTensor('torch.Tensor'),
  ];
}

function callables(refuse: Refuse): (readonly [string, Callable])[] {
  const wrong = (name: string, args: readonly PickleValue[]) =>
    refuse(`its pickle calls ${name} with ${describeArguments(args)}`);
  const tensor = (
    items: readonly PickleValue[],
    budget: Budget,
    metadata?: PickleValue,
    dtype?: StoredDType,
  ): TorchTensor => {
    // {'neg': True} or {'conj': True}: the storage holds the negative or the conjugate of the tensor.
    const isPlain = metadata === undefined || metadata === null || (metadata instanceof Dict && metadata.size === 0);
    if (!isPlain)
      throw refuse(
        `its pickle has a tensor whose elements are not stored as they are, but with ${kindOf(metadata)} beside them; save tensor.resolve_conj().resolve_neg()`,
      );
    const view = readView(items, refuse, dtype);
    budget.spend(tensorWords + 2 * view.shape.length);
    return new TorchTensor(view, refuse);
  };

  const rebuild = new Map<string, Callable['call']>([
    ['torch._utils._rebuild_tensor', (args, budget) => tensor(args, budget)],
    // storage, offset, size, stride, requires_grad, hooks, metadata.
    ['torch._utils._rebuild_tensor_v2', (args, budget) => tensor(args, budget, args[6])],
    // storage, offset, size, stride, requires_grad, hooks, dtype, metadata; the storage holds bytes.
    [
      'torch._utils._rebuild_tensor_v3',
      (args, budget) => {
        const dtype = args[6];
        if (!(dtype instanceof TorchDType)) throw wrong('_rebuild_tensor_v3', args);
        return tensor(args, budget, args[7], dtype.dtype);
      },
    ],
  ]);
  // data, requires_grad, hooks, and state. This library makes a tensor of a parameter's data.
  for (const name of [
    'torch._utils._rebuild_parameter',
    'torch._utils._rebuild_parameter_with_state',
    'torch.nn.parameter.Parameter',
  ]) {
    rebuild.set(name, (args, budget) => {
      const [data] = args;
      if (data === undefined) return emptyTensorOf(budget, refuse);
      if (data instanceof Placeholder) return data;
      if (!(data instanceof TorchTensor)) throw wrong(name, args);
      return data;
    });
  }
  const rebuilders = new Map([...rebuild].map(([name, call]) => [name, new Callable(name, call)]));
  const known: ReadonlySet<PickleValue> = new Set(rebuilders.values());

  const containers: readonly (readonly [string, Callable['call']])[] = [
    ['collections.OrderedDict', (args, budget) => orderedDict(args, budget) ?? raise(wrong('OrderedDict', args))],
    ...['builtins', '__builtin__'].flatMap((module) =>
      ['set', 'frozenset'].map((name): readonly [string, Callable['call']] => [
        `${module}.${name}`,
        (args, budget) => setOf(args, budget) ?? raise(wrong(name, args)),
      ]),
    ),
    // Its argument makes the values of missing keys.
    [
      'collections.defaultdict',
      (_, budget) => {
        budget.spend(8);
        return new Dict();
      },
    ],
    ['_codecs.encode', (args, budget) => latin1Bytes(args, budget) ?? raise(wrong('_codecs.encode', args))],
    ['torch.Size', (args) => (args[0] instanceof Tuple ? args[0] : raise(wrong('torch.Size', args)))],
    ['torch.device', (args) => (typeof args[0] === 'string' ? args[0] : raise(wrong('torch.device', args)))],
    // A tensor with attributes: the function that makes it, its class, the function's arguments, the attributes.
    [
      'torch._tensor._rebuild_from_type_v2',
      (args, budget) => {
        const [make, , items] = args;
        if (make instanceof Placeholder) return make;
        if (!(make instanceof Callable && known.has(make) && items instanceof Tuple))
          throw wrong('_rebuild_from_type_v2', args);
        return make.call(items.items, budget);
      },
    ],
  ];
  return [...rebuilders, ...containers.map(([name, call]) => [name, new Callable(name, call)] as const)];
}

/** Words of 8 bytes that a tensor takes, besides its shape and strides. */
const tensorWords = 16;

/** An empty tensor, which is given its storage later. */
function emptyTensorOf(budget: Budget, refuse: Refuse): TorchTensor {
  budget.spend(tensorWords);
  return new TorchTensor(undefined, refuse);
}

/** Describes the first few arguments only: there may be a million. */
function describeArguments(args: readonly PickleValue[]): string {
  if (args.length === 0) return 'nothing';
  const some = args.slice(0, 8).map(kindOf).join(', ');
  return args.length > 8 ? `${some}, … (${args.length} in all)` : some;
}

/** `_codecs.encode(text, 'latin1')`: bytes as protocol 2 writes them, a character each. */
function latin1Bytes([text, encoding, ...others]: readonly PickleValue[], budget: Budget): Uint8Array | undefined {
  if (typeof text !== 'string' || encoding !== 'latin1' || others.length > 0) return undefined;
  budget.spend(bytesWords + text.length / 8);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** `OrderedDict()`, or of Python 2 `OrderedDict([[key, value], …])`. */
function orderedDict([pairs, ...others]: readonly PickleValue[], budget: Budget): Dict | undefined {
  const dict = new Dict();
  budget.spend(8);
  if (pairs === undefined) return dict;
  if (!(pairs instanceof List) || others.length > 0) return undefined;
  budget.spend(8 * pairs.items.length);
  for (const pair of pairs.items) {
    const [key, value, ...rest] = pair instanceof List || pair instanceof Tuple ? pair.items : [];
    if (key === undefined || value === undefined || rest.length > 0) return undefined;
    dict.set(key, value);
  }
  return dict;
}

function setOf([list, ...others]: readonly PickleValue[], budget: Budget): PickleSet | undefined {
  budget.spend(8);
  if (list === undefined) return new PickleSet();
  if (!(list instanceof List || list instanceof Tuple) || others.length > 0) return undefined;
  budget.spend(list.items.length);
  return new PickleSet(list.items);
}

function raise(error: Error): never {
  throw error;
}
