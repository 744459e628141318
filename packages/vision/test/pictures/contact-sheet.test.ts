import type { Mask, RgbImage } from '@hypercorr/datasets';
import { expect, test } from 'vitest';
import { fitText } from '../../src/pictures/canvas.ts';
import { forEachTextPixel, writtenAs } from '../../src/pictures/font.ts';
import { drawContactSheet, type Picture } from '../../src/pictures/index.ts';

const plain = (width: number, height: number, value: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(value),
});
const empty = (width: number, height: number): Mask => ({ width, height, data: new Uint8Array(width * height) });

/** How many pixels of a column of the sheet have this grey. */
function count({ width, height, data }: RgbImage, value: number, fromX: number, toX: number): number {
  let found = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = fromX; x < toX; x += 1) {
      const at = 3 * (y * width + x);
      if (data[at] === value && data[at + 1] === value && data[at + 2] === value) found += 1;
    }
  }
  return found;
}

const row = (truth: boolean): Picture => {
  const query = plain(80, 40, 200);
  return {
    name: 'owl',
    caption: 'owl, IoU 61.2',
    panels: [
      { title: 'support', image: plain(40, 40, 50), mask: empty(40, 40) },
      { title: 'query', image: query },
      { title: 'truth', image: truth ? query : undefined, mask: empty(80, 40) },
      { title: 'prediction', image: query, mask: empty(80, 40) },
    ],
  };
};

test('puts support, query, truth and prediction side by side, each fitted into its cell', () => {
  const sheet = drawContactSheet([row(true)], { cell: 60 });
  const edge = (column: number) => 6 + column * 66;
  expect(sheet.width).toBe(6 + 4 * 66);
  expect(count(sheet, 50, edge(0), edge(1)), 'a square fills the cell').toBe(60 * 60);
  for (const column of [1, 2, 3])
    expect(count(sheet, 200, edge(column), edge(column + 1)), 'proportions are kept').toBe(60 * 30);
});

test('leaves the truth’s place blank where nobody knows it, and has a row for each episode', () => {
  const sheet = drawContactSheet([row(false), row(false)], { cell: 60 });
  expect(count(sheet, 200, 6 + 2 * 66, 6 + 3 * 66)).toBe(0);
  expect(count(sheet, 200, 6 + 66, 6 + 2 * 66)).toBe(2 * 60 * 30);
});

test('details of the panels stand behind the caption', () => {
  const { panels, ...picture } = row(true);
  const [support, ...others] = panels;
  if (support === undefined) throw new Error('there is a support');
  const detailed = { ...picture, panels: [{ ...support, detail: '1 of 3' }, ...others] };
  const spelled = { ...picture, panels, caption: 'owl, IoU 61.2, support 1 of 3' };
  expect(drawContactSheet([detailed])).toEqual(drawContactSheet([spelled]));
});

test('captions that are too long are cut off, with dots', () => {
  expect(fitText('abcdef', 36)).toBe('abcdef');
  expect(fitText('abcdefg', 36)).toBe('abcd..');
});

test('the font draws letters', () => {
  const drawn = (text: string): string => {
    const rows = Array.from({ length: 8 }, () => Array.from({ length: 6 * text.length }, () => '.'));
    forEachTextPixel(text, (x, y) => void rows[y]?.splice(x, 1, '#'));
    return rows.map((cells) => cells.join('')).join('\n');
  };
  expect(drawn('I2')).toBe(
    [
      '.###...###..',
      '..#...#...#.',
      '..#.......#.',
      '..#....###..',
      '..#...#.....',
      '..#...#.....',
      '.###..#####.',
      '............',
    ].join('\n'),
  );
  expect(drawn('☃')).toBe(drawn('?'));
  expect(drawn('é')).toBe(drawn('e'));
});

test.each([
  ['crème brûlée, Ω', 'creme brulee, ?'],
  // The same letters as a letter and its mark, which is no character of its own.
  ['cre\u0300me', 'creme'],
  ['한글 🦉', '?? ?'],
])('%s is written as %s', (text, written) => {
  expect(writtenAs(text)).toBe(written);
  expect(fitText(text, 6 * written.length)).toBe(written);
});
