import fc from 'fast-check';
import { opcodes } from '../../../packages/nn/src/pytorch/pickle/opcodes.ts';
import { rawFile } from '../../../packages/nn/test/safetensors/support.ts';
import {
  call,
  dict,
  get,
  global,
  int,
  list,
  long,
  none,
  put,
  tensor,
  text,
  tuple,
  type Code,
} from '../../../packages/nn/test/support/pickle.ts';
import { legacyFile, zipFile } from '../../../packages/nn/test/support/torch-file.ts';

const size = fc.oneof(
  fc.nat({ max: 6 }),
  fc.constantFrom(2 ** 20, 2 ** 31, 2 ** 48, 2 ** 52),
  fc.integer({ min: -3, max: -1 }),
);
const sizes = fc.array(size, { maxLength: 4 });

/** Sixteen elements in storage 0, eight in storage 1, and none in 2. */
const storages = { '0': new Uint8Array(64).fill(1), '1': new Uint8Array(64), '2': new Uint8Array() };
const storageTypes = ['Float', 'Double', 'Half', 'Long', 'Bool', 'Byte', 'QInt8'];

const tensors: fc.Arbitrary<Code> = fc
  .record({
    key: fc.constantFrom('0', '1', '2', '3', '../0'),
    type: fc.constantFrom(...storageTypes),
    elements: fc.constantFrom(16, 8, 64, 0),
    offset: size,
    shape: sizes,
    strides: sizes,
  })
  .map((parts) => tensor(parts));

/** Valid tensors as PyTorch writes them, over these storages. */
const soundTensors: fc.Arbitrary<Code> = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.nat({ max: 1 }))
  .map(([rows, columns, step]) =>
    tensor({ key: '0', elements: 16, shape: [rows, columns], strides: [step * columns, step] }),
  );

const names = fc.constantFrom(
  ...([
    ['collections', 'OrderedDict'],
    ['torch', 'Size'],
    ['torch', 'device'],
    ['torch', 'float32'],
    ['torch', 'FloatTensor'],
    ['torch', 'FloatStorage'],
    ['builtins', 'set'],
  ] as const),
  ...([
    ['torch._utils', '_rebuild_tensor_v2'],
    ['torch._utils', '_rebuild_tensor_v3'],
    ['torch._utils', '_rebuild_parameter'],
    ['torch._tensor', '_rebuild_from_type_v2'],
  ] as const),
  ...([
    ['torch.nn.parameter', 'Parameter'],
    ['os', 'system'],
    ['builtins', 'eval'],
    ['__main__', 'Net'],
  ] as const),
  ...([
    ['collections', 'defaultdict'],
    ['argparse', 'Namespace'],
    ['numpy', 'dtype'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['torch', 'QInt8Storage'],
    ['__proto__', 'constructor'],
  ] as const),
);

/** An unknown name, and whatever can be done to a value, with another value. */
const placeholders = (value: fc.Arbitrary<Code>): fc.Arbitrary<Code> =>
  fc
    .tuple(
      names.map(([module, name]) => global(module, name)),
      fc.array(fc.tuple(fc.constantFrom(...deeds), value), { maxLength: 4 }),
    )
    .map(([target, done]) => done.reduce((code, [deed, argument]) => deed(code, argument), target));

const deeds: readonly ((target: Code, argument: Code) => Code)[] = [
  (target, argument) => call(target, argument),
  (target, argument) => [...target, ...tuple(argument), opcodes.newObj],
  (target, argument) => [...target, opcodes.emptyTuple, ...argument, opcodes.newObjEx],
  (target, argument) => [...target, ...argument, opcodes.append],
  (target, argument) => [...target, opcodes.mark, ...argument, opcodes.appends],
  (target, argument) => [...target, ...text('k'), ...argument, opcodes.setItem],
  (target, argument) => [...target, opcodes.mark, ...argument, opcodes.addItems],
  (target, argument) => [...target, ...argument, opcodes.build],
  (target, argument) => [...target, ...dict({ _modules: argument }), opcodes.build],
  (target, argument) => [...tuple(text('module'), target, argument), opcodes.binPersId],
];

/** Values of a pickle. Some lie within others, some are called with others as arguments. */
const { value } = fc.letrec<{ value: Code }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      fc.constant(none),
      size.map(long),
      fc.nat({ max: 300 }).map(int),
      fc.string({ maxLength: 5 }).map(text),
      fc.nat({ max: 3 }).map(get),
      tensors,
      soundTensors,
    ),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => tuple(...items)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => list(...items)),
    fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 3 }).map(dict),
    fc
      .tuple(names, fc.array(tie('value'), { maxLength: 4 }))
      .map(([[module, name], args]) => call(global(module, name), ...args)),
    fc.tuple(tie('value'), tie('value')).map(([target, state]) => [...target, ...state, opcodes.build]),
    placeholders(tie('value')),
    fc.tuple(tie('value'), fc.nat({ max: 3 })).map(([code, index]) => [...code, ...put(index)]),
  ),
}));

/** Instructions in an arbitrary order that no pickler writes. */
const anyOrder = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Object.values(opcodes)).map((code): Code => [code]),
      value,
    ),
    { maxLength: 12 },
  )
  .map((parts): Code => parts.flat());

const name = fc.string({ maxLength: 6 });
const state = fc.dictionary(name, fc.oneof(soundTensors, value), { maxKeys: 4 }).map(dict);
const anything: fc.Arbitrary<Code> = fc.oneof(state, value, anyOrder);
const soundState = fc.dictionary(name, soundTensors, { minKeys: 1, maxKeys: 4 }).map(dict);

export const zipFiles: fc.Arbitrary<Uint8Array> = fc.oneof(soundState, anything).map((code) => zipFile(code, storages));

/** A valid legacy container lists exactly the storages that the object refers to. */
export const legacyFiles: fc.Arbitrary<Uint8Array> = fc.oneof(
  soundState.map((code) => legacyFile(code, { '0': storages['0'] })),
  fc
    .tuple(anything, fc.subarray(Object.entries(storages)))
    .map(([code, some]) => legacyFile(code, Object.fromEntries(some), { '0': 16, '1': 8, '2': 0 })),
);

const description = fc.record(
  {
    dtype: fc.constantFrom('F32', 'F16', 'I64', 'BOOL', 'U64', 'F8_E5M2', 'f32', ''),
    shape: sizes,
    data_offsets: fc.array(size, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const texts = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 2 });

/** Headers of the right form with arbitrary values, over a few bytes. */
const anyHeaders = fc
  .tuple(fc.dictionary(name, description, { maxKeys: 4 }), texts, fc.uint8Array({ maxLength: 64 }))
  .map(([tensors, metadata, data]) => rawFile(JSON.stringify({ __metadata__: metadata, ...tensors }), data));

/** Tensors of bytes, one after the other. */
const soundHeaders = fc
  .tuple(fc.dictionary(name, fc.nat({ max: 9 }), { maxKeys: 4 }), texts)
  .map(([lengths, metadata]) => {
    let end = 0;
    const tensors = Object.entries(lengths).map(([key, length]): [string, object] => {
      end += length;
      return [key, { dtype: 'U8', shape: [length], data_offsets: [end - length, end] }];
    });
    return rawFile(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) }), new Uint8Array(end));
  });

export const safetensorsFiles: fc.Arbitrary<Uint8Array> = fc.oneof(soundHeaders, anyHeaders);
