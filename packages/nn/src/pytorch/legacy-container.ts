import { quote } from '../safetensors/format.ts';
import { ByteReader } from './byte-reader.ts';
import type { Container } from './container.ts';
import { maxKeyBytes, maxSmallPickleBytes, type Refuse } from './format.ts';
import type { Environment } from './pickle/instructions.ts';
import { unpickle } from './pickle/unpickle.ts';
import { Dict, List, kindOf, type PickleValue } from './pickle/values.ts';
import { torchGlobals } from './torch/globals.ts';
import { StorageTable } from './torch/storage.ts';

/** `torch.serialization.MAGIC_NUMBER` and `PROTOCOL_VERSION`. */
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/**
 * Opens a file of PyTorch before 1.6. It has five pickles (a magic number, a version, the machine, the object, the
 * storages' keys), then each storage as its number of elements in 64 bits and its elements.
 *
 * @throws FormatError for any other file
 */
export function openLegacyContainer(bytes: Uint8Array, refuse: Refuse): Container {
  const reader = new ByteReader(bytes, refuse);
  const plain: Environment = {
    find: torchGlobals(refuse),
    persistent: (id) => {
      throw refuse(`its pickle refers to ${kindOf(id)} outside of itself`);
    },
  };
  const small = (most = maxSmallPickleBytes): PickleValue => unpickle(reader, plain, most);
  if (small() !== magicNumber) throw refuse('it is a pickle, but not one of torch.save');
  const version = small();
  if (version !== protocolVersion)
    throw refuse(
      `its container is of version ${typeof version === 'number' ? version : kindOf(version)}; ${protocolVersion} is known`,
    );
  const machine = small();
  if (!(machine instanceof Dict) || machine.get('little_endian') !== true) {
    throw refuse('its elements are big-endian; save it again on a little-endian machine');
  }
  const table = new StorageTable(refuse);
  const root = unpickle(reader, { ...plain, persistent: (id) => table.resolve(id) });
  const records = readStorages(reader, small(maxSmallPickleBytes + maxKeyBytes * table.sizes.size), table, refuse);
  if (reader.left > 0) throw refuse(`${reader.left} bytes follow its last storage`);
  return {
    root,
    record(key) {
      const record = records.get(key);
      if (record === undefined) throw refuse(`storage ${quote(key)} is missing`);
      return record;
    },
  };
}

function readStorages(
  reader: ByteReader,
  keys: PickleValue,
  { sizes }: StorageTable,
  refuse: Refuse,
): Map<string, Uint8Array> {
  if (!(keys instanceof List)) throw refuse(`the list of its storages is ${kindOf(keys)}`);
  const records = new Map<string, Uint8Array>();
  for (const key of keys.items) {
    const size = typeof key === 'string' ? sizes.get(key) : undefined;
    if (typeof key !== 'string' || size === undefined || records.has(key)) {
      throw refuse(
        `its list of storages has ${typeof key === 'string' ? quote(key) : kindOf(key)}, which no tensor refers to, or twice`,
      );
    }
    const claimed = reader.u64();
    if (claimed !== size.elements)
      throw refuse(`storage ${quote(key)} has ${claimed} elements; it needs ${size.elements}`);
    records.set(key, reader.take(size.bytes));
  }
  const missing = [...sizes.keys()].find((key) => !records.has(key));
  if (missing !== undefined) throw refuse(`storage ${quote(missing)} is missing`);
  return records;
}
