import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { JsonStream } from '../../src/files/json-stream.ts';
import { readJson } from '../../src/files/read-json.ts';

const folder = mkdtempSync(join(tmpdir(), 'json-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Parses a text that comes in parts of some lengths, in turns. */
function streamed(text: string | Uint8Array, lengths: readonly number[]): unknown {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const stream = new JsonStream('a.json', 'annotations');
  for (let at = 0, part = 0; at < bytes.length; part += 1) {
    const length = lengths[part % lengths.length] ?? 1;
    stream.push(bytes.subarray(at, at + length));
    at += length;
  }
  return stream.end();
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
const blanks = fc.constantFrom(undefined, 1, '\t', '\r\n');

describe('a JSON that comes in parts', () => {
  it('is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), blanks, lengths, (value, indent, parts) => {
        const text = JSON.stringify(value, null, indent);
        expect(streamed(text, parts)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused where JSON.parse refuses it, and only there', () => {
    const damage = fc.record({ at: fc.nat(60), cut: fc.nat(3), put: fc.constantFrom(...'[]{},:"\\ 1-.etrue') });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), damage, lengths, (value, { at, cut, put }, parts) => {
        const whole = JSON.stringify(value);
        const text = whole.slice(0, at) + put + whole.slice(at + cut);
        let wanted: unknown;
        try {
          wanted = { value: JSON.parse(text) as unknown };
        } catch {
          expect(() => streamed(text, parts)).toThrow(FormatError);
          return;
        }
        expect({ value: streamed(text, parts) }).toEqual(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a": 1, "a": [2], "__proto__": {"x": 1}}', { a: [2], ['__proto__']: { x: 1 } }],
    ['  7  ', 7],
    ['7', 7],
    ['[]', []],
    ['{"a":[{"b":"]}\\"\\\\"},[1,[2]]],"c":{"d":[1]}}', { a: [{ b: ']}"\\' }, [1, [2]]], c: { d: [1] } }],
  ])('%s', (text, value) => {
    for (const length of [1, 2, 100]) {
      const read = streamed(text, [length]);
      expect(read).toEqual(value);
      expect(Object.keys(read ?? {})).toEqual(Object.keys(value));
    }
  });

  it('may begin with a byte order mark, once', () => {
    expect(streamed('\uFEFF[1]', [100])).toEqual([1]);
    expect(() => streamed('\uFEFF\uFEFF[1]', [100])).toThrow(FormatError);
    expect(() => streamed('[\uFEFF1]', [100])).toThrow(FormatError);
  });

  it.each<[string | Uint8Array, string]>([
    ['', 'a.json is not JSON, or it is cut off: it ends too early'],
    ['[1, 2', 'it ends too early'],
    ['{"a": [1,]}', 'byte 9 is "]"'],
    ['{"a": 1,}', 'byte 8 is "}"'],
    ['[1] 2', 'byte 4 is "2"'],
    ['{a: 1}', 'byte 1 is "a"'],
    ['{"a" 1}', 'byte 5 is "1"'],
    ['[NaN]', 'byte 1 is "N"'],
    ['[[1}]', 'a.json is not JSON'],
    [Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d), 'a.json is not UTF-8 text'],
  ])('%s is refused', (text, message) => {
    for (const length of [3, 100]) expect(() => streamed(text, [length])).toThrow(message);
  });
});

describe('a file', () => {
  const file = join(folder, 'a.json');
  const value = { images: Array.from({ length: 3000 }, (_, id) => ({ id, file_name: 'ä\u{1F600}'.repeat(id % 200) })) };

  it('gives the same, read at once or in parts', async () => {
    // Longer than a part of the stream, which then divides some letters.
    writeFileSync(file, JSON.stringify(value));
    expect(await readJson(file, 'annotations')).toEqual(value);
    expect(await readJson(file, 'annotations', { atOnce: 1000 })).toEqual(value);
  });

  it('that is none, or that is cut off, is refused by its name', async () => {
    const absent = join(folder, 'b.json');
    await expect(readJson(absent, 'annotations')).rejects.toThrow(`${absent} cannot be read: there is no such file`);
    await expect(readJson(folder, 'annotations')).rejects.toThrow(`${folder} cannot be read: it is a folder`);
    writeFileSync(file, JSON.stringify(value).slice(0, -3));
    for (const atOnce of [1e9, 10])
      await expect(readJson(file, 'annotations', { atOnce })).rejects.toThrow(`${file} is not JSON, or it is cut off`);
  });
});
