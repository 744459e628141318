import { FormatError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import {
  elementBytes,
  maxAxes,
  maxKeys,
  printable,
  quote,
  type RawTensor,
  type StoredDType,
  type StoredTensor,
} from '../safetensors/format.ts';
import { parseOptions, type ParseOptions } from '../safetensors/read.ts';
import { StoredState, noSuchTensor } from '../stored-state.ts';
import { Table } from './flatbuffer.ts';

/** The element types of TensorFlow Lite that are read, by their number in its schema (`schema.fbs`, version 3). */
const dtypes: Readonly<Record<number, StoredDType>> = {
  0: 'F32',
  1: 'F16',
  2: 'I32',
  3: 'U8',
  4: 'I64',
  6: 'BOOL',
  7: 'I16',
  9: 'I8',
  10: 'F64',
};

/** Numbers of fields in the schema's tables. */
const fields = {
  model: { version: 0, subgraphs: 2, buffers: 4 },
  subgraph: { tensors: 0 },
  tensor: { shape: 0, type: 1, buffer: 2, name: 3 },
  buffer: { data: 0 },
} as const;

const identifier = 'TFL3';

/**
 * Opens the constants of a TensorFlow Lite model that is in memory: its weights. The operators are not read. Names and
 * axes are those of the file: a convolution's weight is [O, kh, kw, C], a depthwise one's [1, kh, kw, C].
 *
 * @throws FormatError that names the source and the fault
 *
 * @example const bias = parseTFLite(bytes).read('Conv/BatchNorm/FusedBatchNormV3');
 */
export function parseTFLite(bytes: Uint8Array, options: ParseOptions = {}): TFLiteState {
  checkOptions('parseTFLite', options, parseOptions);
  const { source = 'TensorFlow Lite bytes' } = options;
  const refuse = refusing(source);
  if (String.fromCharCode(...bytes.subarray(4, 8)) !== identifier) throw refuse('it is no TensorFlow Lite model');
  const model = Table.root(bytes, refuse);
  const version = model.u32(fields.model.version, 0);
  if (version !== 3) throw refuse(`its schema has version ${version}; version 3 is read`);
  const buffers = model.tables(fields.model.buffers);
  const entries = new Map<string, Constant>();
  let seen = 0;
  for (const subgraph of model.tables(fields.model.subgraphs)) {
    for (const tensor of subgraph.tables(fields.subgraph.tensors)) {
      // Damaged subgraphs may share one list of tensors, and each would go through it.
      seen += 1;
      if (seen > maxKeys) throw refuse(`it holds more than ${maxKeys} tensors`);
      const constant = constantOf(tensor, buffers, refuse);
      if (constant === undefined) continue;
      if (entries.has(constant.name)) throw refuse(`it holds ${quote(constant.name)} twice`);
      entries.set(constant.name, constant);
    }
  }
  return new TFLiteState(entries, source);
}

interface Constant extends StoredTensor {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A tensor that has elements in the file; undefined for one that is computed. */
function constantOf(
  tensor: Table,
  buffers: readonly Table[],
  refuse: (what: string) => FormatError,
): Constant | undefined {
  const place = tensor.u32(fields.tensor.buffer, 0);
  const buffer = buffers[place];
  if (buffer === undefined) throw refuse(`a tensor is in buffer ${place}, and there are ${buffers.length}`);
  const bytes = buffer.bytes(fields.buffer.data);
  if (bytes.length === 0) return undefined;
  const name = new TextDecoder().decode(tensor.bytes(fields.tensor.name));
  const type = tensor.u8(fields.tensor.type, 0);
  const dtype = dtypes[type];
  if (dtype === undefined) throw refuse(`tensor ${quote(name)} has elements of type ${type}, which are not read`);
  const shape = tensor.i32s(fields.tensor.shape);
  if (shape.length > maxAxes) throw refuse(`tensor ${quote(name)} has ${shape.length} axes`);
  const needed = shape.reduce((product, size) => product * size, elementBytes[dtype]);
  if (shape.some((size) => size < 0) || needed !== bytes.length)
    throw refuse(`tensor ${quote(name)} of shape [${shape.join(',')}] needs ${needed} bytes, and has ${bytes.length}`);
  return { name, dtype, shape, bytes };
}

/** The constants of a TensorFlow Lite model in memory. */
export class TFLiteState extends StoredState {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>> = {};
  readonly #constants: ReadonlyMap<string, Constant>;
  readonly #source: string;

  /** @internal Made by `parseTFLite`. */
  constructor(constants: ReadonlyMap<string, Constant>, source: string) {
    super();
    this.entries = new Map(Array.from(constants, ([name, { dtype, shape }]) => [name, { dtype, shape }]));
    this.#constants = constants;
    this.#source = source;
  }

  raw(name: string): RawTensor {
    const constant = this.#constants.get(name);
    if (constant === undefined) throw this.refuse(noSuchTensor(this.entries, name));
    const { dtype, shape, bytes } = constant;
    return { dtype, shape, bytes: new Uint8Array(bytes) };
  }

  protected refuse(what: string): FormatError {
    return refusing(this.#source)(what);
  }
}

function refusing(source: string): (what: string) => FormatError {
  return (what) => new FormatError('tflite', `${printable(source)}: ${what}`);
}
