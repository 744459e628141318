import { valueAndGrad } from '@hypercorr/autograd';
import { add, conv2d, mul, pad, reshape, scope, slice, sum, type Shape, type Tensor } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv4dCenterPivot, conv4dFull, conv4dSeparable, type PerPlane, type Two } from '../src/index.ts';
import { expectClose, geometry, hostOf, naiveWindow, tensor64, values, type Geometry } from './support/draws.ts';
import { naiveConv4d, type Host } from './support/naive.ts';

type Six = readonly [number, number, number, number, number, number];
type Plane = readonly [number, number, number, number];

const xShape = ({ batch, channels, size }: Geometry): Six => [batch, channels, ...size.query, ...size.support];
const fullShape = ({ outputs, channels, kernel }: Geometry): Six => [
  outputs,
  channels,
  ...kernel.query,
  ...kernel.support,
];
const queryShape = ({ outputs, channels, kernel }: Geometry): Plane => [outputs, channels, ...kernel.query];
const supportShape = ({ outputs, channels, kernel }: Geometry): Plane => [outputs, channels, ...kernel.support];
const windowOf = ({ stride, padding }: Geometry) => ({ stride, padding });
/** Of a separable convolution with two channels between the planes. */
const middle = 2;
const separableShapes = ({ outputs, channels, kernel }: Geometry): readonly [query: Plane, support: Plane] => [
  [middle, channels, ...kernel.query],
  [outputs, middle, ...kernel.support],
];

type Convolution = (
  x: Tensor<Six, 'float64'>,
  window: { readonly stride: PerPlane<Two>; readonly padding: PerPlane<Two> },
) => Tensor<Shape, 'float64'>;

/** The three without biases and norms, with weights of a geometry. */
const variants: readonly { readonly name: string; readonly make: (of: Geometry) => Convolution }[] = [
  { name: 'full', make: (of) => (x, window) => conv4dFull(x, drawn(of, 1, fullShape(of)), window) },
  {
    name: 'center-pivot',
    make: (of) => (x, window) =>
      conv4dCenterPivot(x, drawn(of, 1, queryShape(of)), drawn(of, 2, supportShape(of)), window),
  },
  {
    name: 'separable',
    make: (of) => (x, window) => {
      const [query, support] = separableShapes(of);
      return conv4dSeparable(x, drawn(of, 1, query), drawn(of, 2, support), window);
    },
  },
];

function drawn<const S extends Shape>({ seed }: Geometry, stream: number, shape: S): Tensor<S, 'float64'> {
  return tensor64(values(seed, stream, shape), shape);
}

function holds(check: (of: Geometry) => void): void {
  fc.assert(
    fc.property(geometry, (of) => scope(() => check(of))),
    { numRuns: 40 },
  );
}

describe('against eight plain loops', () => {
  const naive = (of: Geometry, weight: Host) => naiveConv4d(values(of.seed, 0, xShape(of)), weight, naiveWindow(of));

  test('the full convolution', () =>
    holds((of) => {
      const y = conv4dFull(drawn(of, 0, xShape(of)), drawn(of, 1, fullShape(of)), windowOf(of));
      expectClose(y, naive(of, values(of.seed, 1, fullShape(of))));
    }));

  test('with a bias, which every position of an output gets', () =>
    holds((of) => {
      const [x, weight, bias] = [drawn(of, 0, xShape(of)), drawn(of, 1, fullShape(of)), drawn(of, 3, [of.outputs])];
      const plain = conv4dFull(x, weight, windowOf(of));
      expectClose(
        conv4dFull(x, weight, { ...windowOf(of), bias }),
        add(plain, reshape(bias, [of.outputs, 1, 1, 1, 1])),
      );
    }));

  // K(p, p') = k(p) where p' is the center, k'(p') where p is, their sum where both are, and 0 elsewhere
  test('center-pivot is the full convolution with its masked kernel', () =>
    holds((of) => {
      const [k, l] = [values(of.seed, 1, queryShape(of)), values(of.seed, 2, supportShape(of))];
      const { query, support } = of.kernel;
      const masked = kernel(of, (o, c, p, q) => {
        const [atQuery, atSupport] = [isCenter(p, query), isCenter(q, support)];
        return (atSupport ? planar(k, o, c, p) : 0) + (atQuery ? planar(l, o, c, q) : 0);
      });
      const y = conv4dCenterPivot(
        drawn(of, 0, xShape(of)),
        drawn(of, 1, queryShape(of)),
        drawn(of, 2, supportShape(of)),
        windowOf(of),
      );
      expectClose(y, naive(of, masked));
    }));

  // K[o,c,p,p'] = Σₘ k'[o,m,p'] k[m,c,p]
  test('separable is the full convolution with its composed kernel', () =>
    holds((of) => {
      const [queryWeight, supportWeight] = separableShapes(of);
      const [k, l] = [values(of.seed, 1, queryWeight), values(of.seed, 2, supportWeight)];
      const composed = kernel(of, (o, c, p, q) => {
        let total = 0;
        for (let m = 0; m < middle; m += 1) total += planar(l, o, m, q) * planar(k, m, c, p);
        return total;
      });
      const y = conv4dSeparable(
        drawn(of, 0, xShape(of)),
        drawn(of, 1, queryWeight),
        drawn(of, 2, supportWeight),
        windowOf(of),
      );
      expectClose(y, naive(of, composed));
    }));

  const isCenter = ([row, column]: Two, [rows, columns]: Two): boolean =>
    2 * row + 1 === rows && 2 * column + 1 === columns;

  const planar = (
    { shape: [, channels = 1, rows = 1, columns = 1], data }: Host,
    o: number,
    c: number,
    [row, column]: Two,
  ): number => data[((o * channels + c) * rows + row) * columns + column] ?? NaN;

  /** A 4D weight, element by element. */
  const kernel = (of: Geometry, element: (o: number, c: number, p: Two, q: Two) => number): Host => {
    const shape = fullShape(of);
    const data: number[] = [];
    for (let o = 0; o < shape[0]; o += 1)
      for (let c = 0; c < shape[1]; c += 1)
        for (let i = 0; i < shape[2]; i += 1)
          for (let j = 0; j < shape[3]; j += 1)
            for (let k = 0; k < shape[4]; k += 1)
              for (let l = 0; l < shape[5]; l += 1) data.push(element(o, c, [i, j], [k, l]));
    return { shape, data };
  };
});

describe('a kernel over one plane is a loop over conv2d', () => {
  /** Without crops, which conv2d does not have. */
  const uncropped = (of: Geometry): PerPlane<Two> => {
    const positive = ([height, width]: Two): Two => [Math.abs(height), Math.abs(width)];
    return { query: positive(of.padding.query), support: positive(of.padding.support) };
  };

  test('the query plane, at every support position', () =>
    holds((of) => {
      const [x, weight] = [drawn(of, 0, xShape(of)), drawn(of, 1, queryShape(of))];
      const [stride, padding] = [of.stride.query, uncropped(of).query];
      const y = conv4dFull(x, reshape(weight, [...queryShape(of), 1, 1]), {
        stride: { query: stride },
        padding: { query: padding },
      });
      for (let hs = 0; hs < of.size.support[0]; hs += 1) {
        for (let ws = 0; ws < of.size.support[1]; ws += 1) {
          const at = (tensor: Tensor<Shape, 'float64'>) => slice(tensor, [[], [], [], [], [hs, hs + 1], [ws, ws + 1]]);
          const image = reshape(at(x), [of.batch, of.channels, ...of.size.query]);
          const expected = conv2d(image, weight, { stride, padding });
          expectClose(at(y), reshape(expected, [...expected.shape, 1, 1]));
        }
      }
    }));

  test('the support plane, at every query position', () =>
    holds((of) => {
      const [x, weight] = [drawn(of, 0, xShape(of)), drawn(of, 1, supportShape(of))];
      const [stride, padding] = [of.stride.support, uncropped(of).support];
      const [outputs, channels, kh, kw] = supportShape(of);
      const y = conv4dFull(x, reshape(weight, [outputs, channels, 1, 1, kh, kw]), {
        stride: { support: stride },
        padding: { support: padding },
      });
      for (let hq = 0; hq < of.size.query[0]; hq += 1) {
        for (let wq = 0; wq < of.size.query[1]; wq += 1) {
          const at = (tensor: Tensor<Shape, 'float64'>) => slice(tensor, [[], [], [hq, hq + 1], [wq, wq + 1]]);
          const image = reshape(at(x), [of.batch, of.channels, ...of.size.support]);
          const expected = conv2d(image, weight, { stride, padding });
          const [, , height, width] = expected.shape;
          expectClose(at(y), reshape(expected, [of.batch, of.outputs, 1, 1, height, width]));
        }
      }
    }));
});

describe.each(variants)('$name', ({ make }) => {
  test('is linear in its input', () =>
    holds((of) => {
      const convolve = make(of);
      const [x, z] = [drawn(of, 5, xShape(of)), drawn(of, 6, xShape(of))];
      const mixed = convolve(add(mul(x, 0.75), mul(z, -1.5)), windowOf(of));
      expectClose(mixed, add(mul(convolve(x, windowOf(of)), 0.75), mul(convolve(z, windowOf(of)), -1.5)));
    }));

  // ⟨Ax, y⟩ = ⟨x, Aᵀy⟩
  test('has the adjoint as its gradient', () =>
    holds((of) => {
      const convolve = make(of);
      const x = drawn(of, 5, xShape(of));
      const ax = convolve(x, windowOf(of));
      const y = tensor64(values(of.seed, 6, ax.shape), ax.shape);
      const { grads } = valueAndGrad((input: Tensor<Six, 'float64'>) => sum(mul(convolve(input, windowOf(of)), y)))(x);
      const [left, right] = [hostOf(sum(mul(ax, y))).data[0] ?? NaN, hostOf(sum(mul(x, grads))).data[0] ?? NaN];
      // Rounding of float64 in sums of some thousand terms of size 1.
      expect(Math.abs(left - right)).toBeLessThan(1e-10);
    }));

  test.each([
    { plane: 'query', first: 2 },
    { plane: 'support', first: 4 },
  ])('moves with what it sees in the $plane plane', ({ plane, first }) =>
    holds((of) => {
      const convolve = make(of);
      const x = drawn(of, 5, xShape(of));
      const shift: Two = [of.seed % 3, (of.seed >> 2) % 3];
      const stride = plane === 'query' ? of.stride.query : of.stride.support;
      const along = (values2: Two) =>
        [0, 0, 0, 0, 0, 0].map((_, axis) => (axis === first ? values2[0] : axis === first + 1 ? values2[1] : 0));
      // Zeros in front move the whole by as many strides.
      const moved = pad(
        x,
        along([shift[0] * stride[0], shift[1] * stride[1]]).map((before): Two => [before, 0]),
      );
      const y = convolve(reshape(moved, sixOf(moved.shape)), windowOf(of));
      expectClose(
        slice(
          y,
          along(shift).map((before) => [before, undefined]),
        ),
        convolve(x, windowOf(of)),
      );
    }),
  );

  test('with a stride takes every so-many-th position of the result without', () =>
    holds((of) => {
      const convolve = make(of);
      const x = drawn(of, 5, xShape(of));
      const everywhere = convolve(x, { ...windowOf(of), stride: { query: [1, 1], support: [1, 1] } });
      const steps = [1, 1, ...of.stride.query, ...of.stride.support];
      expectClose(
        convolve(x, windowOf(of)),
        slice(
          everywhere,
          steps.map((step) => [0, undefined, step]),
        ),
      );
    }));
});

function sixOf(shape: Shape): Six {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = shape;
  return [a, b, c, d, e, f];
}
