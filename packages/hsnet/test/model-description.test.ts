import { FormatError } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { OtherModelError, describeModel, parseModelDescription, parseTrainedOn, usualModel } from '../src/index.ts';

const model = { backbone: 'vgg16', kernel: 'full', supportMasking: false, additions: [], size: 320 } as const;
const training = {
  benchmark: 'fss',
  classes: ['a'],
  validationClasses: [],
  shots: 5,
  seed: -1,
};

const composites = {
  cutOuts: 'emoji',
  share: 0.7,
  classes: ['cat', 'key'],
  pictures: 5247,
  backgrounds: 72,
  files: 'ab12',
};

test('descriptions are read in one order of keys, and keys of other versions are left out', () => {
  const { size, ...rest } = model;
  expect(JSON.stringify(parseModelDescription({ size, later: true, ...rest }))).toBe(JSON.stringify(model));
  const folded = { fold: 0, novelImages: 'keep', ...training };
  expect(Object.keys(parseTrainedOn({ ...folded, step: 3, nextEpisode: 6 }))).toEqual([
    'benchmark',
    'classes',
    'validationClasses',
    'fold',
    'novelImages',
    'shots',
    'seed',
  ]);
  expect(parseTrainedOn({ ...training, fold: undefined })).toEqual(training);
  expect(parseTrainedOn({ ...training, composites: [{ later: 1, ...composites }] }).composites).toEqual([composites]);
});

test('a file that is older than the additions has none', () => {
  const { additions: _, ...older } = model;
  expect(parseModelDescription(older)).toEqual(model);
  expect(parseModelDescription({ ...model, additions: ['priors', 'contrast'] }).additions).toEqual([
    'contrast',
    'priors',
  ]);
});

test.each([
  [null, 'model is null, and should be an object'],
  [[model], 'should be an object'],
  [{ ...model, backbone: 'resnet152' }, 'backbone is "resnet152", and should be one of vgg16, resnet18'],
  [{ ...model, size: 0 }, 'size is 0, and should be a whole number from 1'],
  [{ ...model, size: 1.5 }, 'size is 1.5'],
  [{ ...model, additions: ['priors', 'wings'] }, 'additions is ["priors","wings"], and should be a list of contrast'],
  [{ ...model, supportMasking: 1 }, 'supportMasking is 1, and should be true or false'],
])('a wrong description of a model is refused: %j', (json, message) => {
  expect(() => parseModelDescription(json)).toThrow(FormatError);
  expect(() => parseModelDescription(json)).toThrow(message);
});

test.each([
  [{ ...training, classes: ['a', 1] }, 'classes is ["a",1], and should be a list of texts'],
  [{ ...training, benchmark: undefined }, 'benchmark is undefined, and should be a text'],
  [{ ...training, fold: -1 }, 'fold is -1'],
  [{ ...training, novelImages: 'some' }, 'novelImages is "some", and should be one of keep, drop'],
  [{ ...training, composites }, 'composites is {"cutOuts":"emoji"'],
  [
    { ...training, composites: [{ ...composites, share: 0 }] },
    'share is 0, and should be a number above 0 and at most 1',
  ],
  [{ ...training, composites: [{ ...composites, classes: 3 }] }, 'classes is 3, and should be a list of texts'],
  [{ ...training, composites: [{ ...composites, backgrounds: -1 }] }, 'backgrounds is -1'],
  [{ ...training, composites: [{ ...composites, files: 3 }] }, 'files is 3, and should be a text'],
  [{ ...training, seed: '3' }, 'seed is "3", and should be a whole number'],
])('a wrong description of a training is refused: %j', (json, message) => {
  expect(() => parseTrainedOn(json)).toThrow(message);
});

test("a model is what is asked for, else what its weights say, else the paper's", () => {
  expect(describeModel({}, undefined)).toEqual(usualModel);
  expect(describeModel({ size: 200, kernel: undefined }, model)).toEqual({ ...model, size: 200 });
  expect(describeModel({ backbone: 'vgg16', supportMasking: true }, model)).toEqual({ ...model, supportMasking: true });
  expect(() => describeModel({ kernel: 'separable' }, model, 'mine')).toThrow(OtherModelError);
  expect(() => describeModel({ additions: ['guidance', 'contrast'] }, model, 'mine')).toThrow(
    'the additions of mine are none, and contrast, guidance were asked for',
  );
  expect(() => describeModel({ kernel: 'separable' }, model, 'mine')).toThrow(
    'the kernel of mine is full, and separable was asked for',
  );
});
