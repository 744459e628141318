import { quote } from '../safetensors/format.ts';
import { ByteReader } from './byte-reader.ts';
import type { Container } from './container.ts';
import { maxPickleBytes, saveStateAlone, type Refuse } from './format.ts';
import { unpickle } from './pickle/unpickle.ts';
import { torchGlobals } from './torch/globals.ts';
import { StorageTable } from './torch/storage.ts';
import { ZipArchive } from './zip/archive.ts';

/**
 * Opens a file of PyTorch since 1.6: an archive of one folder, with the pickled object in `data.pkl`, each storage in
 * `data/<key>`, and the byte order of the elements in `byteorder`.
 *
 * @throws FormatError for any other archive
 */
export function openZipContainer(bytes: Uint8Array, refuse: Refuse): Container {
  const archive = new ZipArchive(bytes, refuse);
  const folder = folderOf(archive, refuse);
  if (archive.sizeOf(`${folder}constants.pkl`) !== undefined) {
    throw refuse(
      'it is a TorchScript program, with code in it; save its state dict in Python: torch.save(torch.jit.load(FILE).state_dict(), NEW)',
    );
  }
  const orderName = `${folder}byteorder`;
  if (archive.sizeOf(orderName) !== undefined) {
    const isLittle =
      archive.sizeOf(orderName) === 'little'.length &&
      new ByteReader(archive.read(orderName), refuse).text('little'.length) === 'little';
    if (!isLittle) throw refuse('its elements are big-endian; save it again on a little-endian machine');
  }
  const table = new StorageTable(refuse);
  const pickleName = `${folder}data.pkl`;
  // Check the size before inflating.
  if ((archive.sizeOf(pickleName) ?? 0) > maxPickleBytes)
    throw refuse(`its pickle is longer than ${maxPickleBytes} bytes; ${saveStateAlone}`);
  const pickle = new ByteReader(archive.read(pickleName), refuse);
  const root = unpickle(pickle, { find: torchGlobals(refuse), persistent: (id) => table.resolve(id) });
  if (pickle.left > 0) throw refuse(`${pickle.left} bytes follow its pickle`);
  for (const [key, { bytes: needed }] of table.sizes) {
    const found = archive.sizeOf(`${folder}data/${key}`);
    if (found !== needed)
      throw refuse(
        `storage ${quote(key)} ${found === undefined ? 'is missing' : `has ${found} bytes`}; it needs ${needed}`,
      );
  }
  const records = new Map<string, Uint8Array>();
  return {
    root,
    record(key) {
      // Keep the record: several tensors may share one storage, which may have to be inflated.
      const record = records.get(key) ?? archive.read(`${folder}data/${key}`);
      records.set(key, record);
      return record;
    },
  };
}

/** The archive's only folder, with its slash; empty if the files lie in no folder. */
function folderOf({ names }: ZipArchive, refuse: Refuse): string {
  const folders = names.flatMap((name) => /^(?<folder>[^/]+\/|)data\.pkl$/.exec(name)?.groups?.['folder'] ?? []);
  const [folder] = folders;
  if (folder !== undefined && folders.length === 1) return folder;
  const holds = `it holds ${names.slice(0, 3).map(quote).join(', ')}${names.length > 3 ? ', …' : ''}`;
  if (folders.length > 1)
    throw refuse(
      `the archive has ${folders.length} files data.pkl; one of torch.save has one, in one folder; ${holds}`,
    );
  throw refuse(`it is a zip archive, but not one of torch.save: ${holds}${wayOut(names)}`);
}

/** What to do with an archive of other files. */
function wayOut(names: readonly string[]): string {
  const ending = (pattern: RegExp) => names.find((name) => pattern.test(name));
  const weights = ending(/\.(pth?|bin|ckpt|safetensors)$/i);
  if (weights !== undefined) return `; unpack it, and give ${quote(weights)}`;
  return ending(/\.npy$/i) === undefined
    ? ''
    : '; arrays of NumPy are not read: save tensors in Python, torch.save({name: torch.from_numpy(array)}, FILE)';
}
