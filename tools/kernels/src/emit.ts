const banner = (source: string): string => `// Generated from ${source} by build-kernels.\n\n`;

/** Bytes of a piece. In hexadecimal text a piece is less than half of gzip's window. */
const pieceBytes = 7168;

/**
 * A TypeScript module that exports each binary, under its variant's name, as a hexadecimal string.
 *
 * The variants are nearly alike. Their pieces alternate, so that gzip stores the common parts of a page's script once.
 * For example, two modules of 33 KB take 10 KB compressed. Base64 would take 24 KB, because its digits run across
 * bytes.
 */
export const binaryModule = (source: string, binaries: ReadonlyMap<string, Uint8Array>): string => {
  const count = Math.ceil(Math.max(...Array.from(binaries.values(), ({ length }) => length)) / pieceBytes);
  const pieces = Array.from({ length: count }, (_, i) =>
    Array.from(
      binaries.values(),
      (binary) => `'${Buffer.from(binary.subarray(...nthPart(binary.length, i, count))).toString('hex')}'`,
    ),
  );
  return [
    banner(source),
    'const pieces = [\n',
    ...pieces.map((alternatives) => `  [\n${alternatives.map((text) => `    ${text},\n`).join('')}  ],\n`),
    '];\n',
    ...Array.from(
      binaries.keys(),
      (name, i) => `\nexport const ${name} = pieces.map((piece) => piece[${i}]).join('');\n`,
    ),
  ].join('');
};

/** Where the `i`-th of `count` nearly equal parts begins and ends. */
const nthPart = (length: number, i: number, count: number): [begin: number, end: number] => [
  Math.floor((i * length) / count),
  Math.floor(((i + 1) * length) / count),
];

/** A TypeScript module that exports a text as one string. */
export const textModule = (source: string, name: string, text: string): string =>
  `${banner(source)}export const ${name} =\n  ${JSON.stringify(text)};\n`;
