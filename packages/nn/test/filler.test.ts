import { expect, test } from 'vitest';
import { fillerValues } from './support/filler.ts';
import { opsFixtures } from './support/fixtures.ts';

test('filler values are those that the fixtures were made with, bit for bit', () => {
  for (const name of ['conv2d.0/x', 'conv2d.0/weight', 'matmul.2/a']) {
    const { data } = opsFixtures.read(name);
    expect(fillerValues(name, data.length)).toEqual(data);
  }
});
