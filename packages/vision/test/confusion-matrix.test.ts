import { ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillerValues } from '../../nn/test/support/filler.ts';
import { ConfusionMatrix } from '../src/index.ts';
import { visionCases, type ConfusionCase } from './support/vision-fixture.ts';

const classes = 4;
const ignore = 255;

/** A prediction and its truth, of equally many pixels, ignored ones among them. */
const labelled = fc
  .array(fc.tuple(fc.nat(classes - 1), fc.oneof(fc.nat(classes - 1), fc.constant(ignore))), { maxLength: 40 })
  .map((pixels) => ({ prediction: pixels.map(([said]) => said), truth: pixels.map(([, is]) => is) }));
type Labelled = { readonly prediction: readonly number[]; readonly truth: readonly number[] };

function matrixOf(...all: readonly Labelled[]): ConfusionMatrix {
  const matrix = new ConfusionMatrix({ classes });
  for (const { prediction, truth } of all) matrix.add(prediction, truth);
  return matrix;
}

const figuresOf = (matrix: ConfusionMatrix) => {
  const { miou, pixelAccuracy, meanAccuracy, frequencyWeightedIou } = matrix;
  return { miou, pixelAccuracy, meanAccuracy, frequencyWeightedIou, ious: matrix.classIous() };
};

/** The labels of a case, as fixtures/vision.json and its source say. */
function labelsOf({ name, truth_classes: truthClasses, said_classes: saidClasses, ignore }: ConfusionCase): Labelled[] {
  const pixels = 12 * 15;
  const integers = (text: string, below: number) =>
    Array.from(fillerValues(text, pixels), (v) => Math.min(below - 1, Math.floor(((v + 1) / 2) * below)));
  return [0, 1, 2].map((n) => {
    const is = integers(`${name}/truth${n}`, truthClasses);
    const said = integers(`${name}/said${n}`, saidClasses);
    const agree = fillerValues(`${name}/agree${n}`, pixels);
    const ignored = fillerValues(`${name}/ignored${n}`, pixels);
    return {
      prediction: said.map((label, i) => ((agree[i] ?? 0) > 0 && (is[i] ?? 0) < saidClasses ? (is[i] ?? 0) : label)),
      truth: is.map((label, i) => ((ignored[i] ?? 0) > 0.7 ? ignore : label)),
    };
  });
}

test.each(visionCases.metrics)("$name: counts and figures are the official program's", (given) => {
  const matrix = new ConfusionMatrix({ classes: given.classes, ignore: given.ignore });
  for (const { prediction, truth } of labelsOf(given)) matrix.add(prediction, truth);
  expect([...matrix.counts]).toEqual(given.confusion.flat());
  expect(matrix.pixelAccuracy / 100).toBeCloseTo(given.pixel_accuracy, 12);
  expect(matrix.meanAccuracy / 100).toBeCloseTo(given.mean_accuracy, 12);
  expect(matrix.miou / 100).toBeCloseTo(given.mean_iou, 12);
  expect(matrix.frequencyWeightedIou / 100).toBeCloseTo(given.frequency_weighted_iou, 12);
  for (const [c, iou] of matrix.classIous().entries()) {
    const expected = given.iou[c];
    if (expected === null || expected === undefined) expect(iou).toBeNaN();
    else expect(iou / 100).toBeCloseTo(expected, 12);
  }
});

describe('figures', () => {
  test('of a matrix that can be counted by hand', () => {
    const matrix = new ConfusionMatrix({ classes: 3 });
    // Class 0: 2 of 3 true pixels found, none else said to be it. Class 1: found, and one more. Class 2 is nowhere.
    matrix.add([0, 0, 1, 1, 1], [0, 0, 0, 1, 255]);
    expect([...matrix.counts]).toEqual([2, 1, 0, 0, 1, 0, 0, 0, 0]);
    expect(matrix.classIous()).toEqual([200 / 3, 50, NaN]);
    expect(matrix.classAccuracies()).toEqual([200 / 3, 100, NaN]);
    expect(matrix.miou).toBeCloseTo((200 / 3 + 50) / 2, 12);
    expect(matrix.pixelAccuracy).toBe(75);
    expect(matrix.frequencyWeightedIou).toBeCloseTo((3 / 4) * (200 / 3) + 50 / 4, 12);
    expect(matrix.pixels).toBe(4);
  });

  test('of nothing are NaN', () => {
    const { ious, ...figures } = figuresOf(new ConfusionMatrix({ classes: 2 }));
    expect(Object.values(figures)).toEqual([NaN, NaN, NaN, NaN]);
    expect(ious).toEqual([NaN, NaN]);
  });

  test('of a perfect prediction are 100, wherever they exist', () => {
    fc.assert(
      fc.property(labelled, ({ truth }) => {
        const matrix = matrixOf({ truth, prediction: truth.map((label) => (label === ignore ? 0 : label)) });
        const { ious, ...figures } = figuresOf(matrix);
        for (const figure of [...Object.values(figures), ...ious])
          expect(Number.isNaN(figure) || figure > 99.999999).toBe(true);
        expect(ious.map((iou) => !Number.isNaN(iou))).toEqual([0, 1, 2, 3].map((label) => truth.includes(label)));
      }),
    );
  });

  test('lie between 0 and 100, and an IoU is no more than the accuracy of its class', () => {
    fc.assert(
      fc.property(labelled, (labels) => {
        const matrix = matrixOf(labels);
        const { ious, ...figures } = figuresOf(matrix);
        for (const figure of [...Object.values(figures), ...ious].filter((each) => !Number.isNaN(each))) {
          expect(figure).toBeGreaterThanOrEqual(0);
          expect(figure).toBeLessThan(100 + 1e-9);
        }
        for (const [c, accuracy] of matrix.classAccuracies().entries())
          if (!Number.isNaN(accuracy)) expect(ious[c]).toBeLessThanOrEqual(accuracy);
      }),
    );
  });

  test('are those of the renamed classes', () => {
    const rename = (label: number) => (label === ignore ? ignore : classes - 1 - label);
    fc.assert(
      fc.property(labelled, ({ prediction, truth }) => {
        const renamed = matrixOf({ prediction: prediction.map(rename), truth: truth.map(rename) });
        const ious = [...matrixOf({ prediction, truth }).classIous()].toReversed();
        expect(renamed.classIous()).toEqual(ious);
      }),
    );
  });
});

describe('counts', () => {
  test('are of all pixels that are not ignored, whose prediction does not matter', () => {
    fc.assert(
      fc.property(labelled, ({ prediction, truth }) => {
        const matrix = matrixOf({ prediction, truth });
        expect(matrix.pixels).toBe(truth.filter((label) => label !== ignore).length);
        const elsewhere = prediction.map((label, i) => (truth[i] === ignore ? 77 : label));
        expect(matrixOf({ prediction: elsewhere, truth }).counts).toEqual(matrix.counts);
      }),
    );
  });

  test('add up, in any order and any parts', () => {
    fc.assert(
      fc.property(fc.array(labelled, { maxLength: 5 }), fc.nat(5), (all, cut) => {
        const first = matrixOf(...all.slice(0, cut));
        first.merge(matrixOf(...all.slice(cut)));
        expect(first.counts).toEqual(matrixOf(...all.toReversed()).counts);
        // As another process sends them.
        const sent = new ConfusionMatrix({ classes });
        sent.merge({ counts: first.counts });
        expect(figuresOf(sent)).toEqual(figuresOf(first));
      }),
    );
  });
});

describe('a fault is an error, and counts nothing', () => {
  test.each([
    [[0], [0, 1], 'the prediction has 1 pixels, the truth 2; predict at the truth'],
    [[0, 4], [0, 1], 'labels are 0 to 3; pixel 1 has predicted 4'],
    [[0, 0.5], [0, 1], 'labels are 0 to 3; pixel 1 has predicted 0.5'],
    [[0, 0], [0, 254], 'labels are 0 to 3; pixel 1 has true 254, and 255 is the ignored label'],
    [[0, 0], [0, -1], 'labels are 0 to 3; pixel 1 has true -1, and 255 is the ignored label'],
  ])('%j beside %j', (prediction, truth, message) => {
    const matrix = new ConfusionMatrix({ classes });
    expect(() => matrix.add(prediction, truth)).toThrow(ShapeError);
    expect(() => matrix.add(prediction, truth)).toThrow(`[ConfusionMatrix] ${message}`);
    expect(matrix.pixels).toBe(0);
  });

  test('in its options too', () => {
    expect(() => new ConfusionMatrix({ classes: 0 })).toThrow('the number of classes is whole and positive; got 0');
    expect(() => new ConfusionMatrix({ classes: 256 })).toThrow('the ignored label 255 is one of the classes 0 to 255');
    expect(() => new ConfusionMatrix({ classes: 2 }).merge(new ConfusionMatrix({ classes: 3 }))).toThrow(
      'there are 4 counts here; got 9 to add',
    );
  });
});
