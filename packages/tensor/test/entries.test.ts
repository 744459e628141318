import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as main from '../src/index.ts';
import * as op from '../src/op-entry.ts';

describe('the entries', () => {
  it('share no name', () => {
    expect(Object.keys(op).filter((name) => name in main)).toEqual([]);
  });

  it('have every record in the one for operations', () => {
    const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && 'infer' in value;
    const records = Object.values(op).filter(isRecord);
    expect(records.length).toBeGreaterThan(80);
    expect(Object.values(main).filter(isRecord)).toEqual([]);
  });

  it('leave no record of an operation out', async () => {
    const folder = new URL('../src/ops/', import.meta.url);
    const texts = await Promise.all((await readdir(folder)).map((file) => readFile(new URL(file, folder), 'utf8')));
    const records = texts.flatMap((text) => Array.from(text.matchAll(/^export const (\w+Op)\b/gm), ([, name]) => name));
    expect(records.length).toBeGreaterThan(80);
    expect(records.filter((name) => name === undefined || !(name in op))).toEqual([]);
  });
});
