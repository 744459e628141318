/** The kind of a file, told from its first bytes. */
export type FileKind = 'JPEG' | 'PNG' | 'WebP' | 'GIF' | 'BMP' | 'TIFF' | 'HEIF' | 'PDF' | 'text' | 'empty' | 'unknown';

const signatures: readonly (readonly [FileKind, offset: number, bytes: readonly number[]])[] = [
  ['JPEG', 0, [0xff, 0xd8, 0xff]],
  ['PNG', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['WebP', 8, [...'WEBP'].map(codeOf)],
  ['GIF', 0, [...'GIF8'].map(codeOf)],
  ['BMP', 0, [...'BM'].map(codeOf)],
  ['TIFF', 0, [0x49, 0x49, 0x2a, 0x00]],
  ['TIFF', 0, [0x4d, 0x4d, 0x00, 0x2a]],
  // HEIC, which telephones save, and AVIF, which has the same container.
  ...['ftyphe', 'ftypmif1', 'ftypavif'].map((letters) => ['HEIF', 4, [...letters].map(codeOf)] as const),
  ['PDF', 0, [...'%PDF'].map(codeOf)],
];

/** Names are no proof: files that end in .jpg may hold anything. */
export function fileKind(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  const known = signatures.find(([, offset, signature]) => signature.every((byte, i) => bytes[offset + i] === byte));
  if (known !== undefined) return known[0];
  return bytes.subarray(0, 64).every(isText) ? 'text' : 'unknown';
}

/** The kind in a sentence: "it is a GIF". */
export function describeKind(kind: FileKind): string {
  switch (kind) {
    case 'empty':
      return 'the file is empty';
    case 'unknown':
      return 'it is not a known kind of picture';
    case 'text':
      return 'it holds text (a download page, or a Git LFS pointer?)';
    default:
      return `it is a ${kind}`;
  }
}

function codeOf(letter: string): number {
  return letter.charCodeAt(0);
}

function isText(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127);
}
