import { expect, it } from 'vitest';
import { avgPool2d, conv2d, maxPool2d, readSync, reshape, scope, tensor, zeros } from '../../src/index.ts';

it("pooling by ceilMode leaves out a window that would start behind the image, as in PyTorch's rule", () => {
  // Windows of 2 at 0, 3, 6 on 6 elements: the last one would start behind the end.
  expect(maxPool2d(zeros([1, 1, 1, 6]), [1, 2], { stride: [1, 3], ceilMode: true }).shape).toEqual([1, 1, 1, 2]);
  expect(maxPool2d(zeros([1, 1, 1, 7]), [1, 2], { stride: [1, 3], ceilMode: true }).shape).toEqual([1, 1, 1, 3]);
});

it('an average divides by what lies on the image and its padding, not beyond it', () => {
  const averages = (countIncludePad: boolean) =>
    scope(() => [
      ...readSync(
        avgPool2d(reshape(tensor([1, 2, 3, 4]), [1, 1, 1, 4]), [1, 3], {
          stride: [1, 3],
          padding: [0, [0, 1]],
          ceilMode: true,
          countIncludePad,
        }),
      ),
    ]);
  // The last window holds 4, a zero of the padding, and a place that is not there.
  expect(averages(true)).toEqual([2, 2]);
  expect(averages(false)).toEqual([2, 4]);
});

it('windows that do not fit are refused', () => {
  const x = zeros([1, 1, 1, 1]);
  expect(() => maxPool2d(x, 2, { padding: 1, dilation: 2 })).toThrow(
    '[maxPool2d] a window of [2,2] with dilation [2,2] covers only padding of x [1,1,1,1]',
  );
  expect(() => maxPool2d(x, 2, { padding: [1, [0, 2]] })).toThrow(
    '[maxPool2d] padding [1,2] is more than half of the window [2,2]',
  );
  expect(() => avgPool2d(x, 3, { padding: [0, [-1, 1]] })).toThrow('[avgPool2d] padding [0,-1] needs whole numbers');
  expect(() => conv2d(x, zeros([1, 1, 3, 3]), { padding: 'same', stride: [1, 2] })).toThrow(
    "[conv2d] padding 'same' needs a stride of 1, got [1,2]",
  );
  expect(() => conv2d(x, zeros([1, 1, 3, 3]), { padding: [[0, 1], 1] })).toThrow(
    '[conv2d] a window of [3,3] with dilation [1,1] does not fit into x [1,1,1,1] with padding [0,1] in front and [1,1] behind',
  );
  // @ts-expect-error [conv2d] the input has 1 channels, the weight expects 2
  expect(() => conv2d(x, zeros([1, 2, 3, 3]), { padding: [[0, 2], 1] })).toThrow(
    '[conv2d] the input has 1 channels, the weight expects 2',
  );
});
