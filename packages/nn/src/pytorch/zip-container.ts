import { quote } from '../safetensors/format.ts';
import { ByteReader } from './byte-reader.ts';
import type { Container } from './container.ts';
import { maxPickleBytes, type Refuse } from './format.ts';
import { unpickle } from './pickle/unpickle.ts';
import { torchGlobals } from './torch/globals.ts';
import { StorageTable } from './torch/storage.ts';
import { ZipArchive } from './zip/archive.ts';

/**
 * Opens a file of PyTorch since 1.6: an archive of one folder, with the pickled object in `data.pkl`, each storage in
 * `data/<key>`, and the byte order of the elements in `byteorder`.
 *
 * @throws FormatError for any other archive, or for an object that holds more than tensors and plain containers
 */
export function openZipContainer(bytes: Uint8Array, refuse: Refuse): Container {
  const archive = new ZipArchive(bytes, refuse);
  const folder = folderOf(archive, refuse);
  if (archive.sizeOf(`${folder}constants.pkl`) !== undefined) {
    throw refuse(
      'it is a TorchScript program, with code in it; save its state_dict() instead: torch.save(model.state_dict(), FILE)',
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
    throw refuse(`its pickle is longer than ${maxPickleBytes} bytes`);
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
  if (folder === undefined || folders.length > 1) {
    throw refuse(
      `the archive has ${folders.length} files data.pkl; one of torch.save has one, in one folder. It holds ${names.slice(0, 3).map(quote).join(', ')}…`,
    );
  }
  return folder;
}
