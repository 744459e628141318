import type { Dataset } from '@hypercorr/datasets';
import { expect, test } from 'vitest';
import { trainedClasses, unseenClasses } from '../../src/index.ts';

const dataset: Dataset = {
  name: 'photos',
  root: 'photos',
  classes: ['cat', 'sofa', 'key', 'tree'].map((name, id) => ({ id, name, samples: [] })),
};
const composites = [
  { cutOuts: 'emoji', share: 0.5, classes: ['Key', 'moon'], pictures: 4, backgrounds: 0, files: 'ab' },
];

test('classes of photographs and of cut-outs trained the weights, by any of their names', () => {
  expect(trainedClasses(dataset, undefined)).toEqual([]);
  expect(trainedClasses(dataset, { classes: ['couch'] })).toEqual(['sofa']);
  expect(trainedClasses(dataset, { classes: ['couch'], composites })).toEqual(['sofa', 'key']);
});

test('a class is unseen that neither trained the weights nor chose them', () => {
  const unseen = unseenClasses(dataset, { classes: ['couch'], validationClasses: ['cat'], composites });
  expect(unseen.map(({ name }) => name)).toEqual(['tree']);
});
