import { expect, test } from 'vitest';
import { counted } from '@hypercorr/train';

test('one is one', () => {
  expect([counted(1, 'class'), counted(1, 'episode'), counted(1, 'query', 'queries')]).toEqual([
    '1 class',
    '1 episode',
    '1 query',
  ]);
});

test('none and several are several', () => {
  expect([counted(0, 'episode'), counted(13, 'class'), counted(2, 'query', 'queries')]).toEqual([
    '0 episodes',
    '13 classes',
    '2 queries',
  ]);
});
