import { FormatError, readSync } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { halfToNumber } from '@hypercorr/tensor/op';
import { parseSafetensors } from '../../src/index.ts';
import { checkLeaks } from '../support/leaks.ts';
import { oneTensor, rawFile } from './support.ts';

checkLeaks();

describe('elements', () => {
  const cases = [
    ['F32', new Float32Array([1.5, -0, NaN]), 'float32', [1.5, -0, NaN]],
    ['F64', new Float64Array([0.1, 1e300, 0]), 'float64', [0.1, 1e300, 0]],
    ['F16', new Uint16Array([0x3c00, 0xc000, 0x7bff]), 'float32', [1, -2, 65504]],
    ['BF16', new Uint16Array([0x3f80, 0xc049, 0x7f7f]), 'float32', [1, -3.140625, 3.3895313892515355e38]],
    ['I32', new Int32Array([1, -(2 ** 31), 7]), 'int32', [1, -(2 ** 31), 7]],
    ['I64', new BigInt64Array([1n, -(2n ** 31n), 2n ** 31n - 1n]), 'int32', [1, -(2 ** 31), 2 ** 31 - 1]],
    ['U8', new Uint8Array([0, 128, 255]), 'int32', [0, 128, 255]],
    ['I8', new Int8Array([0, 127, -128]), 'int32', [0, 127, -128]],
    ['U16', new Uint16Array([0, 1, 65535]), 'int32', [0, 1, 65535]],
    ['I16', new Int16Array([0, 32767, -32768]), 'int32', [0, 32767, -32768]],
    ['U32', new Uint32Array([0, 1, 2 ** 31 - 1]), 'int32', [0, 1, 2 ** 31 - 1]],
    ['U64', new BigUint64Array([0n, 1n, 2n ** 31n - 1n]), 'int32', [0, 1, 2 ** 31 - 1]],
    ['BOOL', new Uint8Array([0, 1, 1]), 'bool', [0, 1, 1]],
  ] as const;

  test.each(cases)('%s', (stored, data, dtype, values) => {
    const tensor = parseSafetensors(oneTensor(stored, [3], data)).read('x');
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.shape).toEqual([3]);
    expect([...tensor.data]).toEqual(values);
  });

  test('half precision: subnormals, infinities, NaN, and every finite value by its definition', () => {
    expect(halfToNumber(0x0001)).toBe(2 ** -24);
    expect(halfToNumber(0x83ff)).toBe(-1023 * 2 ** -24);
    expect([0x7c00, 0xfc00, 0x7e00, 0x8000].map(halfToNumber)).toEqual([Infinity, -Infinity, NaN, -0]);
    // Neighbours differ by one unit of the lower one's exponent.
    const wrong = Array.from({ length: 0x7bff }, (_, half) => half).filter(
      (half) => halfToNumber(half + 1) - halfToNumber(half) !== 2 ** (Math.max(half >> 10, 1) - 25),
    );
    expect(wrong).toEqual([]);
  });

  test('what no dtype here holds exactly is refused by name', () => {
    const refused: [Uint8Array, string][] = [
      [oneTensor('I64', [1], new BigInt64Array([2n ** 31n])), 'holds 2147483648, which int32 does not'],
      [oneTensor('BOOL', [2], new Uint8Array([1, 2])), 'holds 2, which is no bool'],
      [oneTensor('I64', [2], new BigInt64Array([0n, 2n ** 53n + 1n])), 'holds 9007199254740993, which int32 does not'],
      [oneTensor('I64', [1], new BigInt64Array([-(2n ** 32n)])), 'holds -4294967296, which int32 does not'],
      [oneTensor('U32', [1], new Uint32Array([2 ** 32 - 1])), 'holds 4294967295, which int32 does not'],
      [oneTensor('U64', [1], new BigUint64Array([2n ** 64n - 1n])), 'holds 18446744073709551615, which int32 does not'],
      [oneTensor('F8_E4M3', [1], new Uint8Array([1])), 'is F8_E4M3, which no dtype of this library holds'],
    ];
    for (const [bytes, what] of refused) {
      const file = parseSafetensors(bytes, { source: 'a.safetensors' });
      expect(() => file.read('x')).toThrow(new FormatError('safetensors', `a.safetensors: tensor "x" ${what}`));
    }
  });

  test('scalars, empty tensors, and elements at odd places', () => {
    const header = JSON.stringify({
      flag: { dtype: 'BOOL', shape: [], data_offsets: [0, 1] },
      none: { dtype: 'F32', shape: [2, 0, 3], data_offsets: [1, 1] },
      x: { dtype: 'F32', shape: [], data_offsets: [1, 5] },
    });
    const file = parseSafetensors(rawFile(header, new Uint8Array([1, 0, 0, 128, 63])));
    expect(file.read('flag')).toEqual({ dtype: 'bool', shape: [], data: new Uint8Array([1]) });
    expect(file.read('none')).toEqual({ dtype: 'float32', shape: [2, 0, 3], data: new Float32Array() });
    expect(file.read('x')).toEqual({ dtype: 'float32', shape: [], data: new Float32Array([1]) });
  });

  test('on an engine', () => {
    const file = parseSafetensors(oneTensor('F64', [2], new Float64Array([0.1, 2])));
    using kept = file.tensor('x');
    using rounded = file.tensor('x', { float64: 'round' });
    expect([kept.dtype, rounded.dtype]).toEqual(['float64', 'float32']);
    expect(readSync(rounded)).toEqual(new Float32Array([0.1, 2]));
  });

  test('a missing name is answered with those there are', () => {
    const file = parseSafetensors(oneTensor('U8', [0], new Uint8Array()));
    expect(() => file.read('y')).toThrow('[safetensors] safetensors bytes: there is no tensor "y"; it holds 1: "x"');
    expect(() => file.read('toString')).toThrow(FormatError);
  });
});

/** A header with one tensor, float32 [1], but for these fields. */
function entry(fields: object): string {
  return JSON.stringify({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields } });
}

/** Two tensors of 4 bytes; the one that is named first begins at `begin`. */
function two(begin: number): Uint8Array {
  const late = { dtype: 'U8', shape: [4], data_offsets: [begin, begin + 4] };
  const early = { dtype: 'U8', shape: [4], data_offsets: [0, 4] };
  return rawFile(JSON.stringify({ late, early }), new Uint8Array(begin + 4));
}

describe('headers', () => {
  const nested = '['.repeat(1_000_000);
  const four = new Uint8Array(4);

  test.each<[what: string, file: Uint8Array, message: string]>([
    ['nothing', new Uint8Array(), '0 bytes are too few'],
    ['seven bytes', new Uint8Array(7), '7 bytes are too few'],
    [
      'a header of 2⁶⁴ − 1 bytes',
      new Uint8Array(16).fill(255),
      'claims 18446744073709551615 bytes; the format allows 100000000 at most',
    ],
    ['a header longer than the file', rawFile('{}').subarray(0, 9), 'claims 2 bytes, of which the file has 1'],
    ['an empty header', rawFile(''), 'does not start with {'],
    ['space in front', rawFile(' {}'), 'does not start with {'],
    ['a list', rawFile('[]'), 'does not start with {'],
    ['half an object', rawFile('{"x"'), 'expected : at character 4, found the end'],
    ['text that never ends', rawFile('{"x'), 'the header is not what the format describes'],
    ['a bad escape', rawFile('{"\\x": {}}'), 'the header is not what the format describes'],
    ['more than an object', rawFile('{} {}'), 'expected the end at character 3, found {}'],
    ['a comma too many', rawFile('{"__metadata__":{},}'), 'expected a text at character 19, found }'],
    ['bytes that are no UTF-8', rawFile('{"??').fill(0xff, 9), 'no UTF-8'],
    [
      'half a surrogate pair',
      rawFile('{"\\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', four),
      'no well-formed text',
    ],
    ['a tensor twice', rawFile(`${entry({}).slice(0, -1)},${entry({}).slice(1)}`, four), 'the key "x" comes twice'],
    [
      'a tensor twice, spelt in two ways',
      rawFile(`${entry({}).slice(0, -1)},"\\u0078":{}}`, four),
      'the key "x" comes twice',
    ],
    ['a field twice', rawFile('{"x":{"dtype":"F32","dtype":"F32"}}'), 'tensor "x" the key "dtype" comes twice'],
    ['metadata twice', rawFile('{"__metadata__":{},"__metadata__":{}}'), 'the key "__metadata__" comes twice'],
    ['metadata that is no text', rawFile('{"__metadata__":{"a":1}}'), 'expected a text at character 21, found 1}}'],
    ['a tensor that is a list', rawFile('{"x":[]}'), 'tensor "x" expected { at character 5, found []}'],
    ['no dtype', rawFile('{"x":{"shape":[],"data_offsets":[0,4]}}', four), 'tensor "x" has no dtype'],
    ['no shape', rawFile('{"x":{"dtype":"F32","data_offsets":[0,4]}}', four), 'tensor "x" has no shape'],
    ['no offsets', rawFile('{"x":{"dtype":"F32","shape":[]}}', four), 'tensor "x" has no pair of data_offsets'],
    ['three offsets', rawFile(entry({ data_offsets: [0, 4, 4] }), four), 'tensor "x" has a list of more than 2 items'],
    ['one offset', rawFile(entry({ data_offsets: [0] }), four), 'tensor "x" has no pair of data_offsets'],
    [
      '65 axes',
      rawFile(entry({ shape: Array.from({ length: 65 }, () => 1) }), four),
      'tensor "x" has a list of more than 64 items',
    ],
    [
      'a field of its own',
      rawFile(entry({ strides: [1] }), four),
      'tensor "x" has a field "strides", which the format does not know',
    ],
    [
      'an unknown dtype',
      rawFile(entry({ dtype: 'float32' }), four),
      'tensor "x" has a dtype that the format does not know: "float32"',
    ],
    ['a dtype that every object has', rawFile(entry({ dtype: 'toString' }), four), 'does not know: "toString"'],
    ['a negative size', rawFile(entry({ shape: [-1] }), four), 'tensor "x" expected a whole number from 0'],
    ['a fraction', rawFile(entry({ shape: [1.5] }), four), 'tensor "x" expected a whole number from 0'],
    [
      'an exponent',
      rawFile('{"x":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', four),
      'expected a whole number',
    ],
    [
      'a leading zero',
      rawFile('{"x":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', four),
      'expected a whole number',
    ],
    [
      'a size that no double holds',
      rawFile('{"x":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', four),
      'expected a whole number',
    ],
    [
      'a size of a million digits',
      rawFile(`{"x":{"dtype":"F32","shape":[${'9'.repeat(1e6)}],"data_offsets":[0,4]}}`, four),
      'expected a whole number',
    ],
    [
      'more bytes than elements',
      rawFile(entry({ data_offsets: [0, 5] }), new Uint8Array(5)),
      'tensor "x" has 5 bytes; F32 [1] needs 4',
    ],
    [
      'an end before the beginning',
      rawFile(entry({ data_offsets: [4, 0] }), four),
      'tensor "x" has -4 bytes; F32 [1] needs 4',
    ],
    [
      'sizes whose product overflows',
      rawFile(entry({ shape: [2 ** 40, 2 ** 40, 0, 2 ** 40] }), four),
      'tensor "x" has 4 bytes',
    ],
    ['a range past the end', rawFile(entry({}), four.subarray(1)), 'tensor "x" ends at byte'],
    [
      'a range before the data',
      rawFile(entry({ data_offsets: [1, 5] }), new Uint8Array(5)),
      'tensor "x" leaves 1 bytes before it unused',
    ],
    ['bytes left over', rawFile(entry({}), new Uint8Array(7)), 'the last 3 bytes belong to no tensor'],
    ['a million lists within each other', rawFile(`{"x":${nested}`), 'tensor "x" expected {'],
    ['a million lists as a size', rawFile(`{"x":{"shape":${nested}`), 'tensor "x" expected a whole number from 0'],
  ])('%s', (_, file, message) => {
    expect(() => parseSafetensors(file)).toThrow(FormatError);
    expect(() => parseSafetensors(file)).toThrow(message);
  });

  test('nothing that commands a terminal or turns a line is in a message', () => {
    const evil = '\u001b[31m\n\u007f\u009b\u202e\u2028\u{e0001}';
    const spelt = String.raw`\u001b[31m\n\u007f\u009b\u202e\u2028\udb40\udc01`;
    expect(() => parseSafetensors(rawFile(JSON.stringify({ [evil]: {} })))).toThrow(`tensor "${spelt}" has no dtype`);
    for (const header of [`{${evil}`, `{"${evil}": 1}`, `{"${evil}`, `{"a${evil}\\x":{}}`]) {
      expect(() => parseSafetensors(rawFile(header))).toThrow(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
    }
  });

  test('overlaps and holes name the tensor', () => {
    expect(parseSafetensors(two(4)).names).toEqual(['late', 'early']);
    expect(() => parseSafetensors(two(3))).toThrow('tensor "late" overlaps the tensor before it');
    expect(() => parseSafetensors(two(6))).toThrow('tensor "late" leaves 2 bytes before it unused');
  });

  test('a very long name is not repeated at length', () => {
    const file = rawFile(JSON.stringify({ ['n'.repeat(1e6)]: { dtype: 'F32', shape: [1], data_offsets: [0, 5] } }));
    expect(() => parseSafetensors(file)).toThrow(/^.{1,300}$/);
  });

  test('spaces at the end, metadata, and names that objects have anyway', () => {
    const header =
      '{"__metadata__":{"format":"pt","__proto__":"text"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ';
    const file = parseSafetensors(rawFile(header, new Uint8Array([7])));
    expect(Object.entries(file.metadata)).toEqual([
      ['format', 'pt'],
      ['__proto__', 'text'],
    ]);
    expect(file.read('__proto__').data).toEqual(new Int32Array([7]));
    const tensors = file.tensors();
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    for (const tensor of Object.values(tensors)) tensor.dispose();
  });
});
