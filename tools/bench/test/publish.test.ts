import { describe, expect, test } from 'vitest';
import { replaceBetween } from '../src/markdown.ts';
import { targetsTable, type TargetRow } from '../src/target-rows.ts';

const row: TargetRow = {
  what: 'a prediction',
  case: 'infer',
  peer: 'pytorch',
  unit: 'ms',
  ours: 900,
  theirs: 1000,
  ours_over_theirs: 0.9,
  target: 1,
  met: true,
};
const load: TargetRow = {
  ...row,
  what: 'the engine loads',
  case: null,
  peer: null,
  ours: 40.25,
  theirs: null,
  ours_over_theirs: null,
  target: 100,
};

describe('the table of targets', () => {
  test('of several runs the medians, and each ratio', () => {
    const slow = { ...row, ours: 1200, theirs: 1100, ours_over_theirs: 1.09, met: false };
    expect(
      targetsTable([
        [row, load],
        [slow, load],
        [row, load],
      ]),
    ).toBe(
      [
        '| what | peer | ours | theirs | ours / theirs | target | met |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| a prediction | pytorch | 900 ms | 1000 ms | 0.90, 1.09, 0.90 | ≤ 1 | in 2 of 3 runs |',
        '| the engine loads |  | 40.3 ms |  |  | ≤ 100 ms | yes |',
        '',
      ].join('\n'),
    );
  });

  test('a missed target, one that only compares, and a peer that is not here', () => {
    const [missed, compared] = [
      { ...row, met: false },
      { ...row, target: null, met: null },
    ];
    const absent = { ...row, ours: null, theirs: null, ours_over_theirs: null, met: null };
    expect(
      targetsTable([[missed, compared, absent]])
        .split('\n')
        .slice(2, -1),
    ).toEqual([
      '| a prediction | pytorch | 900 ms | 1000 ms | 0.90 | ≤ 1 | no |',
      '| a prediction | pytorch | 900 ms | 1000 ms | 0.90 |  |  |',
      '| a prediction | pytorch |  |  |  | ≤ 1 |  |',
    ]);
  });
});

describe('a table in a document', () => {
  test('takes the place of the one before', () => {
    const document = 'text\n<!-- targets -->\nold\n<!-- /targets -->\nmore';
    expect(replaceBetween(document, 'targets', 'new\n')).toBe('text\n<!-- targets -->\nnew\n<!-- /targets -->\nmore');
    expect(() => replaceBetween(document, 'counts', 'new')).toThrow(
      new RangeError('the document has no <!-- counts --> … <!-- /counts -->'),
    );
  });
});
