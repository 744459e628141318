import { describe, expect, it } from 'vitest';
import { paintStroke, type Brush } from '../src/segment/mask-editor.ts';

const painted = (
  from: readonly [number, number],
  to: readonly [number, number],
  brush: Brush,
  before = 0,
): string[] => {
  const [width, height] = [8, 5];
  const mask = { width, height, data: new Uint8Array(width * height).fill(before) };
  paintStroke(mask, { x: from[0], y: from[1] }, { x: to[0], y: to[1] }, brush);
  return Array.from({ length: height }, (_, y) => [...mask.data.subarray(y * width, (y + 1) * width)].join(''));
};

describe('a stroke of the brush', () => {
  it('is as wide as the brush, with round ends', () => {
    expect(painted([2.5, 2.5], [5.5, 2.5], { radius: 1.2, erases: false })).toEqual([
      '00000000',
      '00111100',
      '01111110',
      '00111100',
      '00000000',
    ]);
  });

  it('of no length is a disc', () => {
    expect(painted([3.5, 2.5], [3.5, 2.5], { radius: 1, erases: false })).toEqual([
      '00000000',
      '00010000',
      '00111000',
      '00010000',
      '00000000',
    ]);
  });

  it('may go in any direction, and over the edge', () => {
    expect(painted([-3, -3], [2.5, 2.5], { radius: 0.6, erases: false })).toEqual([
      '10000000',
      '01000000',
      '00100000',
      '00000000',
      '00000000',
    ]);
  });

  it('erases', () => {
    expect(painted([3.5, 2.5], [3.5, 2.5], { radius: 1, erases: true }, 1)).toEqual([
      '11111111',
      '11101111',
      '11000111',
      '11101111',
      '11111111',
    ]);
  });
});
