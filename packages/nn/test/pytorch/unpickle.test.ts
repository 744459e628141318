import { FormatError, scope } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { parsePyTorch } from '../../src/index.ts';
import { ByteReader } from '../../src/pytorch/byte-reader.ts';
import { refusing } from '../../src/pytorch/format.ts';
import { opcodes } from '../../src/pytorch/pickle/opcodes.ts';
import { unpickle } from '../../src/pytorch/pickle/unpickle.ts';
import { Dict, List, PickleSet, Placeholder, Tuple, type PickleValue } from '../../src/pytorch/pickle/values.ts';
import {
  call,
  dict,
  get,
  global,
  int,
  list,
  long,
  none,
  pickle,
  put,
  tensor,
  text,
  tuple,
  type Code,
} from '../support/pickle.ts';
import { legacyFile, zipFile } from '../support/torch-file.ts';
import { writeZip } from '../support/zip.ts';

const refuse = refusing('a.pt');
const environment = {
  find: (module: string, name: string): PickleValue => new Placeholder(`${module}.${name}`),
  persistent: (id: PickleValue): PickleValue => id,
};

const load = (...code: readonly Code[]): PickleValue => unpickle(new ByteReader(pickle(...code), refuse), environment);

/** As JavaScript would write it. */
function plain(value: PickleValue): unknown {
  if (value instanceof List) return value.items.map(plain);
  if (value instanceof Tuple) return { tuple: value.items.map(plain) };
  if (value instanceof PickleSet) return new Set(value.items.map(plain));
  if (value instanceof Dict) return new Map([...value.entries()].map(([key, item]) => [plain(key), plain(item)]));
  return value;
}

describe('plain data', () => {
  const float = [opcodes.binFloat, ...new Uint8Array(new Float64Array([0.1]).buffer).toReversed()];

  test.each<[string, Code, unknown]>([
    ['None', none, null],
    ['True', [opcodes.newTrue], true],
    ['False', [opcodes.newFalse], false],
    ['a small integer', [opcodes.binInt1, 200], 200],
    ['two bytes', [opcodes.binInt2, 1, 2], 513],
    ['four bytes, signed', [opcodes.binInt, 0xfe, 0xff, 0xff, 0xff], -2],
    ['no bytes', [opcodes.long1, 0], 0],
    ['a negative one of any length', [opcodes.long1, 3, 0, 0, 0xff], -65536],
    ['more than a double holds', [opcodes.long1, 8, 1, 0, 0, 0, 0, 0, 0x20, 0], 2n ** 53n + 1n],
    ['with four bytes of length', [opcodes.long4, 1, 0, 0, 0, 0x80], -128],
    ['a float', float, 0.1],
    ['a text', text('zwölf'), 'zwölf'],
    ['a short text', [opcodes.shortBinUnicode, 2, 104, 105], 'hi'],
    ['a long text', [opcodes.binUnicode8, 2, 0, 0, 0, 0, 0, 0, 0, 104, 105], 'hi'],
    ["a text of Python 2's", [opcodes.binString, 2, 0, 0, 0, 104, 105], 'hi'],
    ['bytes', [opcodes.shortBinBytes, 1, 7], new Uint8Array([7])],
    ['more bytes', [opcodes.binBytes, 1, 0, 0, 0, 7], new Uint8Array([7])],
    ['bytes that can be changed', [opcodes.byteArray8, 1, 0, 0, 0, 0, 0, 0, 0, 7], new Uint8Array([7])],
    ['many bytes', [opcodes.binBytes8, 1, 0, 0, 0, 0, 0, 0, 0, 7], new Uint8Array([7])],
    [
      'tuples of every way',
      tuple(
        [...none, opcodes.tuple1],
        [...none, ...none, opcodes.tuple2],
        [...none, ...none, ...none, opcodes.tuple3],
        [opcodes.emptyTuple],
      ),
      { tuple: [{ tuple: [null] }, { tuple: [null, null] }, { tuple: [null, null, null] }, { tuple: [] }] },
    ],
    [
      'lists',
      list([opcodes.mark, ...none, opcodes.list], [opcodes.emptyList, ...none, opcodes.append]),
      [[null], [null]],
    ],
    [
      'a dict, a key set twice',
      [...dict({ a: int(1), b: int(2) }), ...text('a'), ...int(3), opcodes.setItem],
      new Map([
        ['a', 3],
        ['b', 2],
      ]),
    ],
    ['a dict in one', [opcodes.mark, ...text('a'), ...int(1), opcodes.dict], new Map([['a', 1]])],
    ['sets', [opcodes.emptySet, opcodes.mark, ...int(1), opcodes.addItems], new Set([1])],
    ['a frozen set', [opcodes.mark, ...int(1), ...int(2), opcodes.frozenSet], new Set([1, 2])],
    [
      'memory',
      list([...text('x'), ...put(300)], get(300), [opcodes.binInt1, 5, opcodes.binPut, 1], [opcodes.binGet, 1]),
      ['x', 'x', 5, 5],
    ],
    [
      'memory in order',
      list([...text('x'), opcodes.memoize], [...text('y'), opcodes.memoize], [opcodes.binGet, 0]),
      ['x', 'y', 'x'],
    ],
    [
      'what is thrown away',
      [...int(1), ...int(2), opcodes.pop, opcodes.mark, ...int(3), opcodes.popMark, opcodes.mark, opcodes.pop],
      1,
    ],
    ['what is doubled', [...int(1), opcodes.dup, opcodes.tuple2], { tuple: [1, 1] }],
    [
      'integers of every sign and length',
      tuple(
        [opcodes.long1, 1, 0x80],
        [opcodes.long1, 6, 255, 255, 255, 255, 255, 127],
        [opcodes.long1, 6, 0, 0, 0, 0, 0, 128],
        [opcodes.long1, 7, 0, 0, 0, 0, 0, 0, 255],
      ),
      { tuple: [-128, 2 ** 47 - 1, -(2 ** 47), -(2 ** 48)] },
    ],
    ['a frame', [opcodes.frame, 1, 0, 0, 0, 0, 0, 0, 0, ...none], null],
  ])('%s', (_, code, value) => {
    expect(plain(load(code))).toEqual(value);
  });

  test('a list that holds itself', () => {
    const found = load([opcodes.emptyList, ...put(0), ...get(0), opcodes.append]);
    expect(found instanceof List && found.items[0] === found).toBe(true);
  });
});

describe('refused', () => {
  test.each<[string, Code, string]>([
    [
      'a call of nothing callable',
      [...int(1), opcodes.emptyTuple, opcodes.reduce],
      'its pickle calls a number, with a tuple of 0',
    ],
    ['an instruction of protocol 0', [0x49, 0x31, 0x0a], 'its pickle has the instruction 0x49 at byte 2'],
    ['extensions', [0x82, 1], 'its pickle has the instruction 0x82'],
    ['buffers outside', [0x97], 'its pickle has the instruction 0x97'],
    ['a protocol of the future', [opcodes.proto, 6], 'its pickle is of protocol 6; 5 is the newest that is known'],
    ['an empty stack', [opcodes.append], 'its pickle takes a value at byte 3 where it has none'],
    ['values below a mark', [...none, opcodes.mark, opcodes.tuple1], 'where it has none'],
    ['a mark that is missing', [...none, opcodes.tuple], 'where it has none'],
    ['nothing at the end', [], 'where it has none'],
    ['two values at the end', [...none, ...none], 'its pickle ends with more than one value'],
    [
      'a mark at the end',
      [opcodes.mark, ...none, opcodes.mark, opcodes.popMark],
      'its pickle ends with more than one value',
    ],
    [
      'a key without a value',
      [opcodes.emptyDict, opcodes.mark, ...none, opcodes.setItems],
      'its pickle has a key without a value',
    ],
    ['items of a number', [...int(1), ...none, opcodes.append], 'its pickle appends to a number'],
    [
      'keys of a tuple',
      [opcodes.emptyTuple, ...none, ...none, opcodes.setItem],
      'its pickle puts keys into a tuple of 0',
    ],
    ['members of a list', [opcodes.emptyList, opcodes.mark, opcodes.addItems], 'its pickle adds to a list of 0'],
    ['a state of a list', [opcodes.emptyList, ...none, opcodes.build], 'its pickle gives a state to a list of 0'],
    ['memory it never had', get(3), 'its pickle recalls value 3, which it never had'],
    ['an integer of a gigabyte', [opcodes.long4, 0, 0, 0, 0x40], 'its pickle has an integer of 1073741824 bytes'],
    [
      'a text of four',
      [opcodes.binUnicode, 0xff, 0xff, 0xff, 0xff],
      '4294967295 bytes are asked for at byte 7, 1 are left',
    ],
    [
      'a text of 2⁶⁴ bytes',
      [opcodes.binUnicode8, 255, 255, 255, 255, 255, 255, 255, 255],
      'claims 18446744073709551615 bytes or elements',
    ],
    ['bytes of 2⁵² bytes', [opcodes.binBytes8, 0, 0, 0, 0, 0, 0, 16, 0], '4503599627370496 bytes are asked for'],
    [
      'a frame longer than the file',
      [opcodes.frame, 0, 0, 0, 0, 1, 0, 0, 0, ...none],
      'its pickle has a frame of 4294967296 bytes, 2 are left',
    ],
    ['a text that is no UTF-8', [opcodes.shortBinUnicode, 1, 0xff], 'the text at byte 4 is no UTF-8'],
    ['a name without an end', [opcodes.global, 0x61, 0x62], 'the line at byte 3 does not end'],
    [
      'an object by protocol 0',
      [opcodes.mark, ...text('true'), opcodes.inst, ...new TextEncoder().encode('os\nsystem\n')],
      'its pickle makes an object of os.system by protocol 0',
    ],
    [
      'arguments by name for what is not called',
      [...int(1), opcodes.emptyTuple, ...dict({}), opcodes.newObjEx],
      'its pickle calls a number, with a dict of 0',
    ],
    ['a name of numbers', [...int(1), ...int(2), opcodes.stackGlobal], 'its pickle asks for a name that is no text'],
  ])('%s', (_, code, message) => {
    expect(() => load(code)).toThrow(FormatError);
    expect(() => load(code)).toThrow(message);
  });
});

describe('tensors that do not fit their storages', () => {
  const four = { '0': new Uint8Array(16) };
  const parse = (x: Code, storages = four) => parsePyTorch(zipFile(dict({ x }), storages)).raw('x');

  test('views within them are read', () => {
    expect(parse(tensor({ elements: 4, offset: 2, shape: [2] })).bytes).toHaveLength(8);
    expect(parse(tensor({ elements: 4, offset: 4, shape: [0, 9], strides: [7, 7] })).bytes).toHaveLength(0);
    expect(parse(tensor({ elements: 4, offset: 5, shape: [2, 0], strides: [4, 1] })).bytes).toHaveLength(0);
    expect(parse(tensor({ elements: 4, shape: [1, 4], strides: [99, 1] })).bytes).toHaveLength(16);
  });

  test.each<[string, Code, string]>([
    [
      'too long',
      tensor({ elements: 4, shape: [5] }),
      'a tensor [5] with strides [1] ends at element 5 of a storage that has 4',
    ],
    ['beginning too late', tensor({ elements: 4, offset: 3, shape: [2] }), 'ends at element 5'],
    ['stepping too far', tensor({ elements: 4, shape: [2, 2], strides: [3, 1] }), 'ends at element 5'],
    ['stepping back', tensor({ elements: 4, shape: [2], strides: [-1] }), 'the stride of a tensor is -1'],
    ['a negative offset', tensor({ elements: 4, offset: -1, shape: [2] }), 'the offset of a tensor is -1'],
    ['a negative size', tensor({ elements: 4, shape: [-2] }), 'the size of a tensor is -2'],
    [
      '2⁶² elements that are one',
      tensor({ elements: 4, shape: [2 ** 31, 2 ** 31], strides: [0, 0] }),
      'a tensor claims to be [2147483648,2147483648]',
    ],
    [
      'a billion elements that are one',
      tensor({ elements: 4, shape: [2 ** 30], strides: [0] }),
      'its 1 tensors would take 4294967296 bytes',
    ],
    [
      'sizes and strides of different lengths',
      tensor({ elements: 4, shape: [2, 2], strides: [1] }),
      'a tensor of 2 axes has 1 strides',
    ],
    [
      '65 axes',
      tensor({ elements: 4, shape: Array.from({ length: 65 }, () => 1) }),
      'the size of a tensor has 65 axes; PyTorch has 64 at most',
    ],
    ['a storage of another length', tensor({ elements: 5, shape: [2] }), 'storage "0" has 16 bytes; it needs 20'],
    [
      'a storage of a terabyte',
      tensor({ elements: 2 ** 40, shape: [2] }),
      'storage "0" has 16 bytes; it needs 4398046511104',
    ],
    [
      'a storage of more than can be counted',
      tensor({ elements: 2 ** 52, shape: [2] }),
      'the length of a storage is 4503599627370496',
    ],
    ['a storage that is missing', tensor({ key: '1', shape: [2] }), 'storage "1" is missing; it needs 8'],
    [
      'a storage outside of its folder',
      tensor({ key: '../../data.pkl', shape: [2] }),
      'storage "../../data.pkl" is missing',
    ],
    [
      'two lengths of one storage',
      tuple(tensor({ elements: 4, shape: [2] }), tensor({ elements: 3, shape: [2] })),
      'storage "0" has 16 bytes in one place and 12 in another',
    ],
    [
      'no storage',
      call(global('torch._utils', '_rebuild_tensor_v2'), none, int(0), tuple(), tuple()),
      'its pickle makes a tensor of None',
    ],
    ['no arguments', call(global('torch._utils', '_rebuild_tensor_v2')), 'its pickle makes a tensor of None'],
    [
      'a parameter of a list',
      call(global('torch._utils', '_rebuild_parameter'), list()),
      'its pickle calls torch._utils._rebuild_parameter with a list of 0',
    ],
    [
      'a parameter of nothing',
      call(global('torch.nn.parameter', 'Parameter')),
      'its pickle has a tensor that looks at nothing',
    ],
    [
      'an unknown state',
      [...call(global('torch', 'FloatTensor')), ...tuple(none), opcodes.build],
      'its pickle gives a tensor a tuple of 1 as its state',
    ],
    [
      'a maker that is none',
      call(
        global('torch._tensor', '_rebuild_from_type_v2'),
        global('torch._tensor', '_rebuild_from_type_v2'),
        none,
        tuple(),
      ),
      'its pickle calls _rebuild_from_type_v2 with',
    ],
    ['an id that is no tuple', [...text('0'), opcodes.binPersId], 'its pickle refers to a text outside of itself'],
    [
      'a module of no class',
      [...tuple(text('module'), none, none, none), opcodes.binPersId],
      'its pickle refers to a tuple of 4 outside of itself',
    ],
    [
      'a storage of no type',
      [...tuple(text('storage'), none, text('0'), none, int(4)), opcodes.binPersId],
      'refers to a storage without type and key',
    ],
  ])('%s', (_, code, message) => {
    expect(() => parse(code)).toThrow(FormatError);
    expect(() => parse(code)).toThrow(message);
  });

  test('of bytes with a dtype, as newer versions write some', () => {
    const bytes = new Uint8Array([1, 0, 255, 255]);
    const untyped = [
      ...tuple(text('storage'), global('torch.storage', 'UntypedStorage'), text('0'), text('cpu'), long(4)),
      opcodes.binPersId,
    ];
    const make = (dtype: Code, size: number) =>
      call(
        global('torch._utils', '_rebuild_tensor_v3'),
        untyped,
        int(0),
        tuple(int(size)),
        tuple(int(1)),
        none,
        none,
        dtype,
      );
    const read = (code: Code) => parsePyTorch(zipFile(dict({ x: code }), { '0': bytes })).read('x');
    expect(read(make(global('torch', 'uint16'), 2))).toEqual({
      dtype: 'int32',
      shape: [2],
      data: new Int32Array([1, 65535]),
    });
    expect(() => read(make(global('torch', 'uint16'), 3))).toThrow('ends at element 3 of a storage that has 2');
    expect(() => read(make(none, 2))).toThrow('its pickle calls _rebuild_tensor_v3 with');
  });

  test('whose elements are stored as the negative or conjugate of what they are', () => {
    const storage = [
      ...tuple(text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), long(4)),
      opcodes.binPersId,
    ];
    const make = (name: string, ...last: readonly Code[]) =>
      call(global('torch._utils', name), storage, int(0), tuple(int(2)), tuple(int(1)), none, none, ...last);
    const negative = dict({ neg: [opcodes.newTrue] });
    expect(parse(make('_rebuild_tensor_v2', none)).bytes).toHaveLength(8);
    expect(parse(make('_rebuild_tensor_v2', dict({}))).bytes).toHaveLength(8);
    expect(() => parse(make('_rebuild_tensor_v2', negative))).toThrow('elements are not stored as they are');
    expect(() => parse(make('_rebuild_tensor_v3', global('torch', 'float32'), negative))).toThrow(
      'elements are not stored as they are',
    );
  });

  test('messages stay short', () => {
    const many = call(global('torch._utils', '_rebuild_parameter'), ...Array.from({ length: 1000 }, () => none));
    expect(() => parse(many)).toThrow(/with None(, None){7}, … \(1000 in all\)$/);
    const digits = [opcodes.long1, 255, ...Array.from({ length: 255 }, () => 0x7f)];
    expect(() => parse(call(global('torch._utils', '_rebuild_tensor_v2'), tensor({ shape: [1] }), digits))).toThrow(
      /^.{1,200}$/,
    );
    const sized = [
      ...tuple(text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), digits),
      opcodes.binPersId,
    ];
    expect(() => parse(sized)).toThrow(/the length of a storage is \d{40}…$/);
  });
});

describe('what a file says of itself', () => {
  const x = tensor({ elements: 1, shape: [1] });
  const storages = { '0': new Uint8Array(4) };

  test('legacy files whose storages are others than those spoken of', () => {
    const parse = (keys: Readonly<Record<string, Uint8Array>>, sizes = {}) =>
      parsePyTorch(legacyFile(dict({ x }), keys, sizes));
    expect(parse(storages).names).toEqual(['x']);
    expect(() => parse({})).toThrow('storage "0" is missing');
    expect(() => parse({ ...storages, '1': new Uint8Array(4) })).toThrow(
      'its list of storages has "1", which no tensor refers to, or twice',
    );
    expect(() => parse(storages, { '0': 2 })).toThrow('storage "0" has 2 elements; it needs 1');
    expect(() => parse(storages, { '0': 2 ** 60 })).toThrow('claims 1152921504606846976 bytes or elements');
    expect(() => parse({ '0': new Uint8Array(8) }, { '0': 1 })).toThrow('4 bytes follow its last storage');
  });

  test('a pickle that is not of torch.save, or of another version', () => {
    expect(() => parsePyTorch(pickle(int(1)))).toThrow('it is a pickle, but not one of torch.save');
    const file = legacyFile(dict({ x }), storages);
    const version = file.findIndex((byte, i) => byte === 0x4a && file[i + 1] === 0xe9 && file[i + 2] === 3);
    expect(() => parsePyTorch(Uint8Array.from(file, (byte, i) => (i === version + 1 ? 1 : byte)))).toThrow(
      'its container is of version 769; 1001 is known',
    );
  });

  test('what is no state dict', () => {
    const parse = (code: Code) => () => parsePyTorch(zipFile(code));
    expect(parse(list())).toThrow('it holds a list of 0; a state dict is needed, tensors by name');
    expect(parse(none)).toThrow('it holds None');
    expect(parse(dict({}))).toThrow('it holds an empty dict: nothing was saved in it');
    const numbered = [opcodes.emptyDict, ...int(0), ...x, opcodes.setItem];
    expect(() => parsePyTorch(zipFile(numbered, storages))).toThrow(
      'its tensors stand under a number, 0, and not under names',
    );
  });

  test('bytes as protocol 2 writes them', () => {
    const encoded =
      (...args: readonly Code[]) =>
      () =>
        parsePyTorch(zipFile(dict({ x, y: call(global('_codecs', 'encode'), ...args) }), storages));
    expect(encoded(text('\u00ff\u0001'), text('latin1'))().others).toEqual(['y']);
    for (const args of [
      [text('a'), text('utf-8')],
      [text('\u0100'), text('latin1')],
      [text('a')],
      [text('a'), text('latin1'), none],
      [none, text('latin1')],
    ]) {
      expect(encoded(...args)).toThrow('its pickle calls _codecs.encode with');
    }
  });

  test('names that objects have anyway are names', () => {
    const state = parsePyTorch(zipFile(dict({ ['__proto__']: x, constructor: x }), storages));
    expect(state.names).toEqual(['__proto__', 'constructor']);
    scope(() => expect(Object.keys(state.tensors())).toEqual(['__proto__', 'constructor']));
  });

  test('records that newer versions add', () => {
    const utf8 = (value: string) => new TextEncoder().encode(value);
    const added = {
      byteorder: 'little',
      '.format_version': '1',
      '.storage_alignment': '64',
      '.data/serialization_id': '42',
      version: '3\n',
    };
    const entries = [
      { name: 'net/data.pkl', content: pickle(dict({ x })) },
      { name: 'net/data/0', content: new Uint8Array(4) },
    ];
    const file = (records: Readonly<Record<string, string>>) =>
      writeZip([
        ...entries,
        ...Object.entries(records).map(([name, content]) => ({ name: `net/${name}`, content: utf8(content) })),
      ]);
    expect(parsePyTorch(file(added)).names).toEqual(['x']);
    expect(() => parsePyTorch(file({ ...added, byteorder: 'big' }))).toThrow('its elements are big-endian');
    expect(() => parsePyTorch(writeZip([...entries, { name: 'other/data.pkl', content: pickle(none) }]))).toThrow(
      'the archive has 2 files data.pkl',
    );
    expect(() => parsePyTorch(writeZip([{ name: 'word/document.xml', content: utf8('<a/>') }]))).toThrow(
      'it is a zip archive, but not one of torch.save: it holds "word/document.xml"',
    );
  });

  test('an old tar archive is named', () => {
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode('ustar'), 257);
    expect(() => parsePyTorch(tar)).toThrow(
      'it is a tar archive of PyTorch before 0.1.10; save it again with a newer one',
    );
  });
});
