import { elementBytes, type RawTensor, type StoredDType } from '../../src/safetensors/format.ts';
import { dtypesByClass } from '../../src/pytorch/torch/dtypes.ts';
import { dict, int, list, pickle, tensor, text, type Code } from './pickle.ts';
import { writeZip } from './zip.ts';

/** Storages by their keys. */
export type Storages = Readonly<Record<string, Uint8Array>>;

/** A file of torch.save since 1.6, of a pickle's instructions and storages, however wrong. */
export function zipFile(code: Code, storages: Storages = {}): Uint8Array<ArrayBuffer> {
  const data = Object.entries(storages).map(([key, content]) => ({ name: `weights/data/${key}`, content }));
  return writeZip([
    { name: 'weights/data.pkl', content: pickle(code) },
    ...data,
    { name: 'weights/version', content: new TextEncoder().encode('3\n') },
  ]);
}

const magic: Code = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const littleEndian: Code = [...dict({ little_endian: [0x88] })];

/** The same before 1.6. `sizes` are in elements. */
export function legacyFile(
  code: Code,
  storages: Storages = {},
  sizes: Readonly<Record<string, number>> = {},
): Uint8Array<ArrayBuffer> {
  const pickles = [magic, int(1001), littleEndian, code, list(...Object.keys(storages).map(text))].map((part) =>
    pickle(part),
  );
  const contents = Object.entries(storages).flatMap(([key, content]) => [
    new Uint8Array(new BigUint64Array([BigInt(sizes[key] ?? content.length / 4)]).buffer),
    content,
  ]);
  return concatenate([...pickles, ...contents]);
}

/** A state dict in one of the containers, as torch.save would write it. */
export function torchFile(
  state: Readonly<Record<string, RawTensor>>,
  container: 'zip' | 'legacy',
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(state).map(([name, raw], i) => ({
    name,
    raw,
    key: String(i),
    elements: raw.bytes.length / elementBytes[raw.dtype],
  }));
  const code = dict(
    Object.fromEntries(
      entries.map(({ name, raw, key }) => [name, tensor({ key, type: classOf(raw.dtype), shape: raw.shape })]),
    ),
  );
  const storages = Object.fromEntries(entries.map(({ key, raw }) => [key, raw.bytes]));
  const sizes = Object.fromEntries(entries.map(({ key, elements }) => [key, elements]));
  return container === 'zip' ? zipFile(code, storages) : legacyFile(code, storages, sizes);
}

function classOf(dtype: StoredDType): string {
  const found = [...dtypesByClass].find(([, stored]) => stored === dtype);
  if (found === undefined) throw new Error(`PyTorch has no storage of ${dtype}`);
  return found[0];
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
