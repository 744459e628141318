import { describe, expect, it } from 'vitest';
import {
  Engine,
  OptionError,
  ShapeError,
  gridSample,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  readSync,
  referenceBackend,
  resizeBicubic,
  resizeBilinear,
  tensor,
  tile,
  topK,
  tril,
  zeros,
  type PadMode,
} from '../../src/index.ts';

const engine = new Engine(referenceBackend());
const made = { engine };

describe('pad', () => {
  const x = tensor([1, 2, 3], made);
  const padded = (mode: PadMode) => [...readSync(pad(x, [[2, 2]], { mode }))];

  it('puts elements of x around it', () => {
    expect(padded('reflect')).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(padded('replicate')).toEqual([1, 1, 1, 2, 3, 3, 3]);
    expect(padded('circular')).toEqual([2, 3, 1, 2, 3, 1, 2]);
    expect(padded('constant')).toEqual([0, 0, 1, 2, 3, 0, 0]);
  });

  it('refuses widths that the axis does not fill, other modes, and a value that nothing would show', () => {
    expect(() => pad(x, [[3, 0]], { mode: 'reflect' })).toThrow(
      new ShapeError('pad', 'axis 0 of x [3] can be padded by 2 in mode reflect, got 3'),
    );
    expect(() => pad(x, [[0, 4]], { mode: 'circular' })).toThrow(
      new ShapeError('pad', 'axis 0 of x [3] can be padded by 3 in mode circular, got 4'),
    );
    expect(() => pad(zeros([0], made), [[1, 0]], { mode: 'replicate' })).toThrow(
      new ShapeError('pad', 'axis 0 of x [0] can be padded by 0 in mode replicate, got 1'),
    );
    expect(() => pad(x, [[-1, 0]], { mode: 'replicate' })).toThrow(ShapeError);
    expect(() => pad(x, [[1, 0]], { mode: 'reflect', value: 1 })).toThrow(
      new OptionError('pad', 'mode reflect has no value, got 1'),
    );
    // @ts-expect-error there is no such mode
    expect(() => pad(x, [[1, 0]], { mode: 'symmetric' })).toThrow(
      '[pad] mode is symmetric, and has to be constant or reflect or replicate or circular',
    );
  });
});

it('tile, tril and the shuffles refuse numbers that they cannot use', () => {
  expect(() => tile(zeros([2], made), [1.5])).toThrow(
    new ShapeError('tile', 'repeats [1.5] are not whole numbers from 0; got x [2]'),
  );
  expect(() => tril(zeros([2, 2], made), { diagonal: 0.5 })).toThrow(
    new ShapeError('tril', 'the diagonal is 0.5, and has to be whole'),
  );
  expect(() => pixelShuffle(zeros([1, 6, 2, 2], made), 2)).toThrow(
    new ShapeError('pixelShuffle', 'x [1,6,2,2] needs a multiple of 4 channels for the factor 2'),
  );
  expect(() => pixelUnshuffle(zeros([1, 1, 3, 4], made), 2)).toThrow(
    new ShapeError('pixelUnshuffle', 'x [1,1,3,4] needs a height and width that are multiples of 2'),
  );
  expect(() => pixelShuffle(zeros([1, 4, 2, 2], made), 0)).toThrow(
    new ShapeError('pixelShuffle', 'the factor is 0, and has to be a whole number from 1'),
  );
});

it('topK gives values in the order of x where it is asked to', () => {
  const { values, indices } = topK(tensor([5, 1, 9, 9, 7], made), 3, { sorted: false });
  expect(readSync(values)).toEqual(Float32Array.of(9, 9, 7));
  expect(readSync(indices)).toEqual(Int32Array.of(2, 3, 4));
});

it('resizing and sampling refuse settings that exclude each other, and unknown words', () => {
  const x = zeros([1, 1, 4, 4], made);
  const message = 'antialias and alignCorners exclude each other; leave one out';
  const both = { antialias: true, alignCorners: true };
  expect(() => resizeBicubic(x, [2, 2], both)).toThrow(new OptionError('resizeBicubic', message));
  expect(() => resizeBilinear(x, [2, 2], both)).toThrow(new OptionError('resizeBilinear', message));
  expect(() => resizeBicubic(x, [0, 2])).toThrow('[resizeBicubic] x [1,1,4,4] cannot be resized to [0,2]');
  const grid = zeros([1, 1, 1, 2], made);
  // @ts-expect-error there is no such mode
  expect(() => gridSample(x, grid, { mode: 'bicubic' })).toThrow(
    '[gridSample] mode is bicubic, and has to be bilinear or nearest',
  );
});
