import { deflateRawSync } from 'node:zlib';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, test } from 'vitest';
import { refusing } from '../../src/pytorch/format.ts';
import { ZipArchive } from '../../src/pytorch/zip/archive.ts';
import { u16, u32, writeZip, type ZipEntry, type ZipLies } from '../support/zip.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const file = (name: string, content = name): ZipEntry => ({ name, content: utf8(content) });
const open = (bytes: Uint8Array) => new ZipArchive(bytes, refusing('a.pt'));

describe('archives that are in order', () => {
  test('stored and deflated records, folders, a comment', () => {
    const deflated = { name: 'b/c', content: deflateRawSync(utf8('x'.repeat(500))), method: 8, bytes: 500 };
    const bytes = writeZip([file('a', 'alpha'), { name: 'b/', content: new Uint8Array() }, deflated], {
      comment: utf8('made by hand'),
    });
    const archive = open(bytes);
    expect(archive.names).toEqual(['a', 'b/', 'b/c']);
    expect(archive.sizeOf('b/c')).toBe(500);
    expect(archive.sizeOf('d')).toBeUndefined();
    expect(new TextDecoder().decode(archive.read('a'))).toBe('alpha');
    expect(new TextDecoder().decode(archive.read('b/c'))).toBe('x'.repeat(500));
    expect(archive.read('a').buffer).toBe(bytes.buffer);
    expect(() => archive.read('d')).toThrow('[pytorch] a.pt: the archive has no record "d"');
  });

  test('a comment that looks like an end does not mislead', () => {
    const decoy = Uint8Array.from([...u32(0x06054b50), ...Array.from({ length: 16 }, () => 0), ...u16(5)]);
    expect(open(writeZip([file('a')], { comment: decoy })).names).toEqual(['a']);
  });
});

describe('archives that lie', () => {
  const two = [file('a', 'alpha'), file('b', 'beta')];
  const cases: readonly (readonly [what: string, entries: readonly ZipEntry[], lies: ZipLies, message: string])[] = [
    ['more records than there are', two, { records: 3 }, '4 bytes are asked for at byte 165, 0 are left'],
    ['fewer records', two, { records: 1 }, "the archive's directory has 47 bytes more than its 1 records"],
    ['65,535 records', two, { records: 65535 }, "the archive's zip64 directory is missing"],
    ['a directory somewhere else', two, { begin: 10 }, "the archive's directory ends at byte"],
    [
      'a directory behind the end',
      two,
      { begin: 2 ** 32 - 2, length: 2 ** 32 - 1 },
      "the archive's directory ends at byte 8589934589",
    ],
    ['a directory that is too long', two, { length: 1000 }, "the archive's directory ends at byte"],
    ['a part of several', two, { disk: 1 }, 'the archive is a part of several'],
    ['a comment that is cut', two, { commentBytes: 7 }, 'has no end of one: it was cut, or something was added'],
    ['a name twice', [two[0] ?? file(''), file('a', 'other')], {}, 'the archive has two records "a"'],
    [
      'a record behind the end',
      [{ ...file('a'), header: 1e6 }],
      {},
      'record "a" begins at byte 1000000, behind the archive\'s directory',
    ],
    ['a record where there is none', [{ ...file('a'), header: 3 }], {}, 'record "a" is not at byte 3'],
    ['two records in one place', [file('a'), { ...file('b'), header: 0 }], {}, 'record "b" overlaps the one before it'],
    [
      'a record within another',
      [{ ...file('a', 'x'.repeat(60)) }, { ...file('b'), header: 20 }],
      {},
      'record "b" overlaps the one before it',
    ],
    ['another name where it lies', [{ ...file('a'), localName: 'b' }], {}, 'record "a" has another name where it lies'],
    [
      'a size past the end',
      [{ ...file('a'), bytes: 1000, storedBytes: 1000 }],
      {},
      'record "a" ends at byte 1031, behind the archive\'s directory',
    ],
    ['stored, of two sizes', [{ ...file('a'), bytes: 1000 }], {}, 'record "a" is stored in 1 bytes and claims 1000'],
    [
      '4 GiB without zip64',
      [{ ...file('a'), bytes: 2 ** 32 - 1, storedBytes: 2 ** 32 - 1 }],
      {},
      'a record of 4 GiB without its zip64 extension',
    ],
    ['encrypted', [{ ...file('a'), flags: 1 }], {}, 'record "a" is encrypted'],
    [
      'another compression',
      [{ ...file('a'), method: 12 }],
      {},
      'record "a" is compressed by method 12; stored and deflated ones are read',
    ],
    [
      'a bomb',
      [{ name: 'a', content: deflateRawSync(new Uint8Array(20_000_000)), method: 8, bytes: 20_000_000 }],
      {},
      'its compressed records claim to be 20000000 bytes, of a file of',
    ],
    ...['/etc/passwd', '../a', 'a/../../b', 'a/./b', 'a//b', 'C:\\a', 'c:a', 'a\\b', 'a\0b', ''].map(
      (name) =>
        [
          `the name ${JSON.stringify(name)}`,
          [{ name, content: utf8('x') }],
          {},
          'a name that is absolute or leads out of its folder',
        ] as const,
    ),
  ];

  test.each(cases)('%s', (_, entries, lies, message) => {
    const bytes = writeZip(entries, lies);
    expect(() => open(bytes)).toThrow(FormatError);
    expect(() => open(bytes)).toThrow(message);
  });

  test('a deflated record that is broken, or longer than it says', () => {
    const content = deflateRawSync(utf8('x'.repeat(500)));
    const read = (bytes: number, data: Uint8Array = content) =>
      open(writeZip([{ name: 'a', content: data, method: 8, bytes }])).read('a');
    expect(() => read(499)).toThrow(
      '[pytorch] a.pt: the archive\'s record "a" is damaged: it inflates to more than 499 bytes',
    );
    expect(() => read(501)).toThrow('it inflates to 500 bytes, not to 501');
    expect(() => read(500, utf8('no stream'))).toThrow(FormatError);
  });

  test('cut anywhere, or with bytes behind its end', () => {
    const bytes = writeZip(two);
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => open(bytes.subarray(0, length))).toThrow(FormatError);
    expect(() => open(Uint8Array.from([...bytes, 0]))).toThrow('it was cut, or something was added');
  });

  test('zip64 ends that point nowhere', () => {
    const plain = writeZip(two);
    const locator = (at: bigint, disks = 1) => [
      ...u32(0x07064b50),
      ...u32(0),
      ...new Uint8Array(new BigUint64Array([at]).buffer),
      ...u32(disks),
    ];
    const withLocator = (parts: readonly number[]) =>
      Uint8Array.from([...plain.subarray(0, -22), ...parts, ...plain.subarray(-22)]);
    expect(() => open(withLocator(locator(0n)))).toThrow("the archive's zip64 end is not at byte 0");
    expect(() => open(withLocator(locator(10_000n)))).toThrow("the archive's zip64 end is said to be at byte 10000");
    expect(() => open(withLocator(locator(2n ** 64n - 1n)))).toThrow('claims 18446744073709551615 bytes or elements');
    expect(() => open(withLocator(locator(0n, 2)))).toThrow('the archive is a part of several');
  });
});
