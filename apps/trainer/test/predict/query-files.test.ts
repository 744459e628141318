import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { queryFiles } from '../../src/commands/predict/query-files.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-queries-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function queriesAmong(names: readonly string[], masks: readonly string[] = []) {
  const folder = mkdtempSync(join(root, 'folder-'));
  for (const name of names) writeFileSync(join(folder, name), '');
  const said: string[] = [];
  const context = {
    masks: masks.map((mask) => join(folder, mask)),
    recursive: false,
    log: { say: (line: string) => void said.push(line) },
  };
  const files = await queryFiles([folder], context);
  return { queries: files.map((file) => basename(file)), said: said.join().replace(folder, 'DIR') };
}

test('masks in a folder of queries are left out, and that is said', async () => {
  const { queries, said } = await queriesAmong([
    '1.jpg',
    '1.png',
    '2.webp',
    '2_mask.png',
    '3.jpg',
    '3.jpg.png',
    '4.png',
  ]);
  expect(queries).toEqual(['1.jpg', '2.webp', '3.jpg', '4.png']);
  expect(said).toBe('left out of DIR: 3 files named like masks (name them to segment them), the first: 1.png');
  const named = await queriesAmong(['a.png', 'a-mask.png', 'mask.png', 'b_seg.png', 'marked.png'], ['marked.png']);
  expect(named.queries).toEqual(['a.png', 'b_seg.png', 'mask.png']);
  expect(await queriesAmong(['1.png', '2.png'])).toEqual({ queries: ['1.png', '2.png'], said: '' });
});

test('a mask that is named is a query, and a folder of masks alone has none', async () => {
  const folder = join(root, 'named');
  mkdirSync(folder);
  for (const name of ['1.jpg', '1.png']) writeFileSync(join(folder, name), '');
  const context = { masks: [], recursive: false, log: { say: () => {} } };
  expect(await queryFiles([join(folder, '1.png')], context)).toEqual([join(folder, '1.png')]);
  await expect(queriesAmong(['only.png'], ['only.png'])).rejects.toThrow('holds no JPEG, PNG or WebP that is no mask');
});

test('other pictures and folders are counted, and folders are looked into if asked', async () => {
  const folder = join(root, 'deep');
  mkdirSync(join(folder, 'b', 'c'), { recursive: true });
  mkdirSync(join(folder, '.cache'));
  for (const name of ['1.jpg', '2.HEIC', 'notes.txt', 'b/3.png', 'b/3_mask.png', 'b/c/4.webp', 'b/c/5.tiff'])
    writeFileSync(join(folder, name), '');
  const found = async (recursive: boolean) => {
    const said: string[] = [];
    const files = await queryFiles([folder], { masks: [], recursive, log: { say: (line) => void said.push(line) } });
    return [files.map((file) => file.slice(folder.length + 1)), said.join().replace(folder, 'DIR')];
  };
  expect(await found(false)).toEqual([
    ['1.jpg'],
    'left out of DIR: 1 picture that is no JPEG, PNG or WebP, the first: 2.HEIC; 1 folder (--recursive looks into it), the first: b',
  ]);
  expect(await found(true)).toEqual([
    ['1.jpg', join('b', '3.png'), join('b', 'c', '4.webp')],
    `left out of DIR: 1 file named like a mask (name it to segment it), the first: ${join('b', '3_mask.png')}; ` +
      '2 pictures that are no JPEG, PNG or WebP, the first: 2.HEIC',
  ]);
});
