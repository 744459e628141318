import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FormatError, readSync, scope } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { parsePyTorch, parseSafetensors, type StoredState } from '../../src/index.ts';
import { loadPyTorch, openPyTorch } from '../../src/node.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/pytorch/${name}`, import.meta.url));
const bytesOf = (name: string): Uint8Array => readFileSync(pathOf(name));
const torch = (name: string) => parsePyTorch(bytesOf(name), { source: name });
const safetensors = (name: string) => parseSafetensors(bytesOf(`${name}.safetensors`));

/** Names, dtypes, shapes and every byte. */
const contentOf = (state: StoredState): Record<string, unknown> =>
  Object.fromEntries(state.names.map((name) => [name, { ...state.raw(name) }]));

describe('files that PyTorch wrote', () => {
  const states = [
    'dtypes',
    'beyond',
    'views',
    'module-state',
    'parameters',
    'nested',
    'nested-model',
    'protocol2',
    'protocol3',
    'protocol4',
    'protocol5',
    'objects',
    'objects-protocol4',
  ];

  test.each(
    states.flatMap(
      (name) =>
        [
          [name, 'zip'],
          [name, 'legacy'],
        ] as const,
    ),
  )('%s, %s', (name, container) => {
    expect(contentOf(torch(`${name}-${container}.pt`))).toEqual(contentOf(safetensors(name)));
  });

  test('the two containers hold what the safetensors file does, in half the precision where that is all there was', () => {
    const [zip, legacy, wanted] = [
      torch('checkpoint-zip.pt'),
      torch('checkpoint-legacy.pt'),
      safetensors('checkpoint'),
    ];
    expect(zip.names).toEqual(wanted.names);
    expect(zip.entries.get('module.scale')?.dtype).toBe('F16');
    for (const name of wanted.names) {
      expect(zip.read(name)).toEqual(wanted.read(name));
      expect(legacy.read(name)).toEqual(wanted.read(name));
    }
  });

  test.each(['deflated', 'streamed', 'zip64'])('an archive that was packed again: %s', (how) => {
    expect(contentOf(torch(`repacked-${how}.pt`))).toEqual(contentOf(safetensors('views')));
  });

  test('forms of the first years: parts of storages, parameters and tensors that are given their state later', () => {
    expect(contentOf(torch('first-years.pt'))).toEqual(contentOf(safetensors('first-years')));
  });

  test('what is no tensor is named, and not read', () => {
    expect(torch('nested-model-zip.pt').others).toEqual(['step']);
    expect(torch('objects-zip.pt').others).toEqual(['best']);
    expect(torch('dtypes-zip.pt').others).toEqual([]);
  });

  test('a state dict under a key of its own', () => {
    const parse = (key?: string) => parsePyTorch(bytesOf('nested-elsewhere-zip.pt'), key === undefined ? {} : { key });
    expect(contentOf(parse('net'))).toEqual(contentOf(safetensors('nested-elsewhere')));
    expect(() => parse()).toThrow(
      '[pytorch] PyTorch bytes: there is no state dict (tensors by name) at its top or under state_dict, model_state_dict, model; ' +
        'it holds "net" (a dict of 7), "epoch" (a number), "best" (a number), "classes" (a list of 2), "seen" (a set), "size" (a tuple of 2), "dtype" (a dtype), "device" (a text), …; "net" is one: give it as the key (hypercorr convert FILE --key "net" writes it alone)',
    );
    expect(() => parse('epoch')).toThrow('under "epoch"; it holds "net" (a dict of 7)');
    expect(() => parse('none such')).toThrow('under "none such"');
  });
});

describe('elements', () => {
  test('become dtypes of this library, exactly', () => {
    const state = torch('dtypes-zip.pt');
    const read = (name: string) => [state.read(name).dtype, ...state.read(name).data];
    expect(read('double')).toEqual(['float64', Math.PI, -0, Infinity, 1e-310]);
    expect(read('half')).toEqual(['float32', 0.0999755859375, 65504, 2 ** -24, -Infinity]);
    expect(read('bfloat16')).toEqual(['float32', 0.10009765625, 1.765625 * 2 ** 127, -1.5]);
    expect(read('long')).toEqual(['int32', 2 ** 31 - 1, -(2 ** 31), 0]);
    expect(read('short')).toEqual(['int32', -32768, 32767]);
    expect(read('char')).toEqual(['int32', -128, 127]);
    expect(read('byte')).toEqual(['int32', 0, 255]);
    expect(read('bool')).toEqual(['bool', 1, 0]);
    expect(state.read('bn.num_batches_tracked')).toEqual({ dtype: 'int32', shape: [], data: new Int32Array([12345]) });
  });

  test('that no dtype here holds are refused, never rounded', () => {
    const state = torch('beyond-zip.pt');
    expect(() => state.read('long')).toThrow(
      new FormatError('pytorch', 'beyond-zip.pt: tensor "long" holds 9007199254740993, which int32 does not'),
    );
    expect(() => state.read('complex')).toThrow('tensor "complex" is C64, which no dtype of this library holds');
    expect(() => state.read('none')).toThrow('there is no tensor "none"; it holds 2: "long", "complex"');
  });

  test('on an engine; float64 is kept or rounded as one says', () => {
    scope(() => {
      const { double, half } = torch('dtypes-legacy.pt').tensors();
      expect([double?.dtype, half?.dtype]).toEqual(['float64', 'float32']);
      expect(readSync(torch('dtypes-zip.pt').tensor('double', { float64: 'round' }))).toEqual(
        new Float32Array([Math.PI, -0, Infinity, 0]),
      );
    });
  });
});

test.each(['zip', 'legacy'])('a call of a shell is not made, and the tensors beside it are read: %s', (container) => {
  const state = torch(`shell-${container}.pt`);
  expect([state.names, state.others]).toEqual([['weight'], ['note']]);
  expect(state.read('weight').data).toEqual(new Float32Array([1, 1]));
});

describe('what is refused, by name', () => {
  const wholeModel =
    'it is a whole model (an object of torch.nn.modules.linear.Linear), and not a state dict; a model can be read only by its own code. ' +
    'Write its state dict where that code is, in Python: torch.save(torch.load(FILE, weights_only=False).state_dict(), NEW)';

  test.each([
    ['whole-module-zip.pt', wholeModel],
    ['whole-module-legacy.pt', wholeModel],
    [
      'script.pt',
      'it is a TorchScript program, with code in it; save its state dict in Python: torch.save(torch.jit.load(FILE).state_dict(), NEW)',
    ],
    ['big-endian.pt', 'its elements are big-endian; save it again on a little-endian machine'],
    ['big-endian-legacy.pt', 'its elements are big-endian; save it again on a little-endian machine'],
    ['dtypes.safetensors', 'it is no file of torch.save: it begins neither as a zip archive nor as a pickle'],
  ])('%s', (name, message) => {
    expect(() => torch(name)).toThrow(new FormatError('pytorch', `${name}: ${message}`));
  });
});

test('files are read by their paths', async () => {
  const state = await openPyTorch(pathOf('views-zip.pt'));
  expect(contentOf(state)).toEqual(contentOf(safetensors('views')));
  const tensors = await loadPyTorch(pathOf('nested-elsewhere-legacy.pt'), { key: 'net' });
  expect(Object.keys(tensors)).toEqual(safetensors('nested-elsewhere').names);
  for (const tensor of Object.values(tensors)) tensor.dispose();
  await expect(openPyTorch(pathOf('make.py'))).rejects.toThrow(`${pathOf('make.py')}: it is no file of torch.save`);
  await expect(openPyTorch(pathOf('absent.pt'))).rejects.toThrow('ENOENT');
  // A view into the middle of other memory is read as well.
  const bytes = await readFile(pathOf('views-legacy.pt'));
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(contentOf(parsePyTorch(shifted.subarray(3)))).toEqual(contentOf(safetensors('views')));
});
