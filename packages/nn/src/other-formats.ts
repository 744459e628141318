import { quote } from './safetensors/format.ts';

/** Length in bytes of the beginning of a file that tells its format. */
export const tellingBytes = 265;

/** A format that is no weights, and what to do with it. */
interface OtherFormat {
  /** The file's first bytes, or a pattern of its first text. */
  readonly start: readonly number[] | RegExp;
  readonly what: string | ((text: string) => string);
}

const again = 'download the file itself again';

/** What people have in place of weights. */
const formats: readonly OtherFormat[] = [
  {
    start: /^\s*<(!doctype html|html|head|body|script)\b/i,
    what: `it is a web page (HTML): the server answered with a page, such as a sign-in or a warning, and not with the weights; ${again} (from Google Drive: gdown)`,
  },
  { start: /^\s*<\?xml\b|^\s*<Error>/, what: `it is XML, perhaps a server's message of an error; ${again}` },
  {
    start: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    what: (text) =>
      `it is a pointer of Git LFS${sized(/^size (\d{1,15})$/m.exec(text)?.[1])}, and not the weights themselves; fetch them: git lfs pull`,
  },
  {
    start: /^\s*\{[^]*"weight_map"\s*:/,
    what: (text) =>
      `it is the index of a model in several files${named(/[\w.-]{1,100}\.safetensors/.exec(text)?.[0])}; join them into one, in Python: save_file({k: v for f in glob("*.safetensors") for k, v in load_file(f).items()}, NEW), of safetensors.torch`,
  },
  {
    start: /^\s*[[{]["\s[{\]}\d-]/,
    what: 'it is JSON text, such as a configuration; give the file of weights beside it',
  },
  {
    start: [0x1f, 0x8b],
    what: 'it is compressed by gzip; unpack it first: gunzip FILE.gz, or tar -xzf FILE for an archive',
  },
  { start: [0x42, 0x5a, 0x68], what: 'it is compressed by bzip2; unpack it first: bunzip2 FILE' },
  { start: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], what: 'it is compressed by xz; unpack it first: unxz FILE' },
  { start: [0x28, 0xb5, 0x2f, 0xfd], what: 'it is compressed by zstd; unpack it first: unzstd FILE' },
  { start: [0x50, 0x4b, 5, 6], what: 'it is an empty zip archive' },
  { start: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: 'it is a 7z archive; unpack it first' },
  { start: [0x52, 0x61, 0x72, 0x21], what: 'it is a RAR archive; unpack it first' },
  {
    start: [0x89, 0x48, 0x44, 0x46],
    what: 'it is an HDF5 file, as Keras writes; weights of PyTorch or safetensors are read',
  },
  {
    start: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
    what: 'it is one array of NumPy; a state dict is read, tensors by name: torch.save({name: torch.from_numpy(array)}, FILE)',
  },
];

/**
 * Says what a file is that is no weights, and the way out, where its first bytes tell.
 *
 * @param start the file's first 265 bytes, or all of a shorter file
 */
export function describeOtherFormat(start: Uint8Array): string | undefined {
  if (start.length === 0) return 'the file is empty: a download or a copy did not finish; get it again';
  const text = new TextDecoder('utf-8').decode(start);
  const found = formats.find((format) =>
    format.start instanceof RegExp ? format.start.test(text) : format.start.every((byte, i) => start[i] === byte),
  );
  return typeof found?.what === 'function' ? found.what(text) : found?.what;
}

function sized(bytes: string | undefined): string {
  return bytes === undefined ? '' : ` to a file of ${Number(bytes).toLocaleString('en-US')} bytes`;
}

function named(file: string | undefined): string {
  return file === undefined ? '' : `, such as ${quote(file)}`;
}
