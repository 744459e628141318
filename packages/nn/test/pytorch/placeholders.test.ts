import { describe, expect, test } from 'vitest';
import { parsePyTorch } from '../../src/index.ts';
import { ByteReader } from '../../src/pytorch/byte-reader.ts';
import { refusing } from '../../src/pytorch/format.ts';
import { opcodes } from '../../src/pytorch/pickle/opcodes.ts';
import { unpickle } from '../../src/pytorch/pickle/unpickle.ts';
import { Placeholder, type PickleValue } from '../../src/pytorch/pickle/values.ts';
import { call, dict, global, int, none, pickle, tensor, text, type Code } from '../support/pickle.ts';
import { legacyFile, zipFile } from '../support/torch-file.ts';

const environment = {
  find: (module: string, name: string): PickleValue => new Placeholder(`${module}.${name}`),
  persistent: (id: PickleValue): PickleValue => id,
};
const load = (...code: readonly Code[]): PickleValue =>
  unpickle(new ByteReader(pickle(...code), refusing('a.pt')), environment);

describe('a placeholder stands for every unknown name', () => {
  const names: readonly (readonly [string, Code])[] = [
    ['os.system', [...call(global('os', 'system'), text('true'))]],
    [
      'posix.system',
      [...text('posix'), ...text('system'), opcodes.stackGlobal, ...text('true'), opcodes.tuple1, opcodes.reduce],
    ],
    ['builtins.eval', call(global('builtins', 'eval'), text('1'))],
    ['builtins.getattr', call(global('builtins', 'getattr'), global('torch', 'float32'), text('__class__'))],
    ['torch._utils._rebuild_sparse_tensor', global('torch._utils', '_rebuild_sparse_tensor')],
    ['torch.load', global('torch', 'load')],
    ['torch.toStringStorage', global('torch', 'toStringStorage')],
    ['__proto__.constructor', global('__proto__', 'constructor')],
    ['numpy.core.multiarray.scalar', global('numpy.core.multiarray', 'scalar')],
  ];
  const x = tensor({ elements: 1, shape: [1] });
  const storages = { '0': new Uint8Array(4) };

  test.each(names)('%s, in both containers', (name, code) => {
    for (const file of [zipFile, legacyFile]) {
      const state = parsePyTorch(file(dict({ x, y: code }), storages));
      expect([state.names, state.others]).toEqual([['x'], ['y']]);
      expect(() => parsePyTorch(file(dict({ y: code })), { source: 'a.pt' })).toThrow(
        `it holds "y" (an object of ${name})`,
      );
    }
  });

  test('it holds nothing, and stays what it is, whatever is done to it', () => {
    const net = global('a', 'Net');
    const root = (code: Code) => load(code, [opcodes.emptyTuple, opcodes.reduce]);
    const placeholder = (code: Code) => {
      const value = root(code);
      if (!(value instanceof Placeholder)) throw new Error('it is no placeholder');
      expect(Object.values(value)).toEqual(['a.Net']);
      return value;
    };
    const held = dict({ x: int(1) });
    const filled: readonly Code[] = [
      call(net, held),
      [...net, opcodes.emptyTuple, opcodes.newObj],
      [...net, opcodes.emptyTuple, ...held, opcodes.newObjEx],
      [...net, ...held, opcodes.append],
      [...net, opcodes.mark, ...held, opcodes.appends],
      [...net, ...text('k'), ...held, opcodes.setItem],
      [...net, opcodes.mark, ...text('k'), ...held, opcodes.setItems],
      [...net, opcodes.mark, ...held, opcodes.addItems],
      [...net, ...held, opcodes.build],
    ];
    for (const code of filled) expect(placeholder(code).isModule).toBe(false);
    expect(placeholder([...net, ...dict({ _modules: none }), opcodes.build]).isModule).toBe(true);
  });

  test('names of many characters are refused, by either instruction', () => {
    const long = 'n'.repeat(1025);
    expect(() => load([...text(long), ...text('x'), opcodes.stackGlobal])).toThrow(
      'its pickle asks for a name of 1026 characters',
    );
    expect(() => load(global('m', long))).toThrow('does not end');
  });

  test('a storage of unknown elements is refused: its length is unknown', () => {
    const quantised = tensor({ type: 'QInt8', elements: 1, shape: [1] });
    expect(() => parsePyTorch(zipFile(dict({ x: quantised }), storages))).toThrow(
      'a storage has elements of torch.QInt8Storage, which are not read here',
    );
  });
});
