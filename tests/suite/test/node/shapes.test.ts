import {
  adaptiveAvgPool2d,
  add,
  argMax,
  avgPool2d,
  broadcastTo,
  concat,
  conv2d,
  convTranspose2d,
  flip,
  gather,
  gridSample,
  indexSelect,
  layerNorm,
  matmul,
  max,
  maxPool2d,
  mean,
  pad,
  permute,
  reshape,
  resizeBilinear,
  scatterAdd,
  scope,
  ShapeError,
  slice,
  sort,
  split,
  stack,
  sum,
  tensor,
  topK,
  transpose,
  where,
  zeros,
  type PadWidth,
  type Shape,
  type SliceRange,
  type Tensor,
} from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reference as engine } from '../../src/engines.ts';

// Shape rules against models as plain as can be: they count, rather than calculate. What a model cannot do
// (`undefined`) the library must refuse with a ShapeError.

const seed = 20_240_611;
const runs = 400;

const tensorOf = <S extends Shape>(shape: S) => zeros(shape, { engine });
const small = fc.nat({ max: 4 });
const anyShape = (maxLength: number, minLength = 0) => fc.array(small, { minLength, maxLength, size: 'max' });
const axis = fc.integer({ min: -5, max: 5 });

function agrees(modelled: Shape | undefined, compute: () => Tensor): void {
  scope(() => {
    if (modelled === undefined) expect(compute).toThrow(ShapeError);
    else expect(compute().shape).toEqual(modelled);
  });
}

function check<T extends unknown[]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  property: (...values: T) => void,
): void {
  fc.assert(
    fc.property(fc.tuple<T>(...arbitraries), (values) => property(...values)),
    { seed, numRuns: runs },
  );
}

/** The axis from the front, if there is one. */
const place = (at: number, rank: number): number | undefined => {
  const names = Array.from({ length: rank }, (_, i) => [i, i - rank]);
  return names.find((pair) => pair.includes(at))?.[0];
};

const all = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined => {
  const found = list.filter((value) => value !== undefined);
  return found.length === list.length ? found : undefined;
};

const broadcast = (a: Shape, b: Shape): Shape | undefined => {
  if (a.length < b.length) return broadcast(b, a);
  const padded = [...Array.from({ length: a.length - b.length }, () => 1), ...b];
  return all(a.map((size, i) => (size === padded[i] || padded[i] === 1 ? size : size === 1 ? padded[i] : undefined)));
};

describe('broadcasting', () => {
  test('of two', () => {
    check([anyShape(4), anyShape(4)], (a, b) => agrees(broadcast(a, b), () => add(tensorOf(a), tensorOf(b))));
  });

  test('of three', () => {
    check([anyShape(3), anyShape(3), anyShape(3)], (c, a, b) => {
      const first = broadcast(c, a);
      const condition = () => zeros(c, { engine, dtype: 'bool' });
      agrees(first && broadcast(first, b), () => where(condition(), tensorOf(a), tensorOf(b)));
    });
  });

  test('to a shape', () => {
    check([anyShape(4), anyShape(4)], (x, target) => {
      const joined = broadcast(x, target);
      const fits = joined?.length === target.length && joined.every((size, i) => size === target[i]);
      agrees(fits ? target : undefined, () => broadcastTo(tensorOf(x), target));
    });
  });

  test('of the batches of matrices', () => {
    check([anyShape(4), anyShape(4), fc.boolean(), fc.boolean()], (a, b, transposeA, transposeB) => {
      const [m, k] = transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
      const [inner, n] = transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
      const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
      const fits = k === inner && m !== undefined && n !== undefined && a.length > 1 && b.length > 1;
      agrees(fits && batch ? [...batch, m, n] : undefined, () =>
        matmul(tensorOf(a), tensorOf(b), { transposeA, transposeB }),
      );
    });
  });
});

describe('reducing', () => {
  const modelled = (
    x: Shape,
    axes: readonly number[] | undefined,
    keepDims: boolean,
    needsElements: boolean,
  ): Shape | undefined => {
    const places = all((axes ?? x.map((_, i) => i)).map((at) => place(at, x.length)));
    if (places === undefined || new Set(places).size < places.length) return undefined;
    if (needsElements && places.some((at) => x[at] === 0)) return undefined;
    return keepDims ? x.map((size, i) => (places.includes(i) ? 1 : size)) : x.filter((_, i) => !places.includes(i));
  };
  const axes = fc.option(fc.array(fc.integer({ min: -4, max: 3 }), { maxLength: 3 }), { nil: undefined });

  test('sums and means', () => {
    check([anyShape(4), axes, fc.boolean()], (x, list, keepDims) => {
      agrees(modelled(x, list, keepDims, false), () => sum(tensorOf(x), { axes: list, keepDims }));
      agrees(modelled(x, list, keepDims, false), () => mean(tensorOf(x), { axes: list, keepDims }));
    });
  });

  test('maxima, which need an element', () => {
    check([anyShape(4), axes, fc.boolean()], (x, list, keepDims) => {
      agrees(modelled(x, list, keepDims, true), () => max(tensorOf(x), { axes: list, keepDims }));
      agrees(modelled(x, list, keepDims, true), () => argMax(tensorOf(x), { axes: list, keepDims }));
    });
  });
});

describe('moving', () => {
  test('reshape', () => {
    check([anyShape(3), fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 3 })], (x, target) => {
      const candidates = target.includes(-1)
        ? Array.from({ length: 65 }, (_, size) => target.with(target.indexOf(-1), size))
        : [target];
      const fitting = candidates.filter((shape) => !shape.includes(-1) && sizeOf(shape) === sizeOf(x));
      // With another axis of size 0 every size fits, and none is meant.
      agrees(fitting.length === 1 ? fitting[0] : undefined, () => reshape(tensorOf(x), target));
    });
  });

  test('permute and transpose', () => {
    check([anyShape(4), fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 4 }), axis, axis], (x, order, a, b) => {
      const places = all(order.map((at) => place(at, x.length)));
      const complete = places !== undefined && x.every((_, i) => places.includes(i)) && places.length === x.length;
      agrees(complete ? places.map((at) => x[at] ?? NaN) : undefined, () => permute(tensorOf(x), order));
      const [from, to] = [place(a, x.length), place(b, x.length)];
      const swapped =
        from !== undefined && to !== undefined ? x.with(from, x[to] ?? NaN).with(to, x[from] ?? NaN) : undefined;
      agrees(swapped, () => transpose(tensorOf(x), a, b));
    });
  });

  test('slice', () => {
    const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: undefined });
    const range: fc.Arbitrary<SliceRange> = fc.tuple(
      bound,
      bound,
      fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    );
    check([anyShape(3), fc.array(range, { maxLength: 4 })], (x, ranges) => {
      const sizes = x.map((size, i) => {
        const [start, stop, step = 1] = ranges[i] ?? [];
        const kept = Array.from({ length: size }, (_, at) => at).slice(start, stop);
        return step < 1 ? undefined : kept.filter((_, at) => at % step === 0).length;
      });
      agrees(ranges.length <= x.length ? all(sizes) : undefined, () => slice(tensorOf(x), ranges));
    });
  });

  test('pad', () => {
    const width: fc.Arbitrary<PadWidth> = fc.tuple(fc.integer({ min: -1, max: 3 }), fc.nat({ max: 3 }));
    check([anyShape(3), fc.array(width, { maxLength: 4 })], (x, widths) => {
      const grown = x.map((size, i) => {
        const [before, after] = widths[i] ?? [-1, -1];
        return before < 0 ? undefined : [...Array(before).keys(), ...Array(size).keys(), ...Array(after).keys()].length;
      });
      agrees(widths.length === x.length ? all(grown) : undefined, () => pad(tensorOf(x), widths));
    });
  });

  test('concat and stack', () => {
    const variants = fc.tuple(anyShape(3), fc.array(fc.tuple(fc.nat({ max: 3 }), small), { maxLength: 3 }));
    check([variants, axis], ([first, changes], at) => {
      const list = [first, ...changes.map(([i, size]) => (i < first.length ? first.with(i, size) : first))];
      const joint = place(at, first.length);
      const alike = list.every((shape) => shape.every((size, i) => i === joint || size === first[i]));
      const total = list.flatMap((shape) => [...Array(shape[joint ?? 0]).keys()]).length;
      agrees(joint !== undefined && alike ? first.with(joint, total) : undefined, () => concat(list.map(tensorOf), at));
      const layer = place(at, first.length + 1);
      const same = list.every((shape) => shape.every((size, i) => size === first[i]));
      agrees(layer !== undefined && same ? first.toSpliced(layer, 0, list.length) : undefined, () =>
        stack(list.map(tensorOf), at),
      );
    });
  });

  test('indexSelect', () => {
    check([anyShape(3), axis, fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 4 })], (x, at, picked) => {
      const along = place(at, x.length);
      const inside = along !== undefined && picked.every((index) => place(index, x[along] ?? 0) !== undefined);
      const index = () => tensor(picked, { dtype: 'int32', engine });
      agrees(inside ? x.with(along, picked.length) : undefined, () => indexSelect(tensorOf(x), index(), at));
    });
  });

  test('gather and scatterAdd', () => {
    const changes = fc.array(fc.integer({ min: -2, max: 1 }), { maxLength: 4 });
    check([anyShape(3), axis, changes, fc.nat({ max: 9 })], (x, at, changed, fault) => {
      const index = x.map((size, i) => Math.max(0, size + (changed[i] ?? 0))).slice(fault === 0 ? 1 : 0);
      const along = place(at, x.length);
      const within = index.length === x.length && index.every((size, i) => i === along || size <= (x[i] ?? 0));
      const hasPlaces = index.includes(0) || (x[along ?? 0] ?? 0) > 0;
      const zerosLike = () => zeros(index, { dtype: 'int32', engine });
      const fits = along !== undefined && within && hasPlaces;
      agrees(fits ? index : undefined, () => gather(tensorOf(x), zerosLike(), at));
      agrees(fits ? x : undefined, () => scatterAdd(tensorOf(index), zerosLike(), at, x));
    });
  });

  test('flip, sort and topK', () => {
    check([anyShape(3), axis, fc.integer({ min: -1, max: 4 })], (x, at, k) => {
      const along = place(at, x.length);
      agrees(along === undefined ? undefined : x, () => flip(tensorOf(x), { axes: [at] }));
      agrees(along === undefined ? undefined : x, () => sort(tensorOf(x), { axis: at }).values);
      const enough = along !== undefined && k >= 0 && k <= (x[along] ?? 0);
      agrees(enough ? x.with(along, k) : undefined, () => topK(tensorOf(x), k, { axis: at }).values);
    });
  });

  test('split', () => {
    check(
      [anyShape(3), axis, fc.array(small, { maxLength: 3 }), fc.integer({ min: -1, max: 3 })],
      (x, at, sizes, count) => {
        const along = place(at, x.length);
        const whole = along === undefined ? [] : [...Array(x[along]).keys()];
        const isAll = along !== undefined && sizes.flatMap((size) => [...Array(size).keys()]).length === whole.length;
        const last = isAll && sizes.length > 0 ? x.with(along, sizes.at(-1) ?? NaN) : undefined;
        if (sizes.length > 0) agrees(last, () => split(tensorOf(x), sizes, at).at(-1) ?? tensorOf([]));
        const divides = along !== undefined && count > 0 && whole.length % count === 0;
        agrees(
          divides ? x.with(along, whole.length / count) : undefined,
          () => split(tensorOf(x), count, at).at(-1) ?? tensorOf([]),
        );
      },
    );
  });
});

describe('windows over images', () => {
  const setting = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
  const image = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 4 }), fc.nat({ max: 7 }), fc.nat({ max: 7 }));

  /** Places of a window, by trying all of them. */
  const places = (
    size: number,
    kernel: number,
    stride: number,
    padding: number,
    dilation: number,
  ): number | undefined => {
    if (kernel < 1 || stride < 1 || padding < 0 || dilation < 1) return undefined;
    let count = 0;
    for (let start = -padding; start + (kernel - 1) * dilation < size + padding; start += stride) count += 1;
    return count > 0 ? count : undefined;
  };

  test('conv2d', () => {
    const weight = fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }));
    check(
      [image, weight, setting(0, 3), setting(0, 3), setting(0, 2), fc.nat({ max: 3 })],
      (x, w, stride, padding, dilation, groups) => {
        const [batch, channels, height, width] = x;
        const [outputs, perGroup, kh, kw] = w;
        const size = all([
          places(height, kh, stride[0], padding[0], dilation[0]),
          places(width, kw, stride[1], padding[1], dilation[1]),
        ]);
        const divides = groups > 0 && channels === perGroup * groups && outputs % groups === 0;
        agrees(divides && size ? [batch, outputs, ...size] : undefined, () =>
          conv2d(tensorOf(x), tensorOf(w), { stride, padding, dilation, groups }),
        );
      },
    );
  });

  test('convTranspose2d', () => {
    const weight = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }));
    check(
      [image, weight, setting(0, 3), setting(0, 3), setting(0, 2), setting(0, 2), fc.nat({ max: 3 })],
      (x, w, stride, padding, dilation, outputPadding, groups) => {
        const [batch, channels, height, width] = x;
        const [inputs, perGroup, kh, kw] = w;
        // The smallest axis on which a window has so many places, and what is added to it.
        const along = (axis: 0 | 1, size: number, kernel: number): number | undefined => {
          if (size < 1 || outputPadding[axis] >= stride[axis]) return undefined;
          const fits = (length: number) => places(length, kernel, stride[axis], padding[axis], dilation[axis]) === size;
          const smallest = Array.from({ length: 50 }, (_, i) => i - 12).find(fits);
          const length = smallest === undefined ? 0 : smallest + outputPadding[axis];
          return length > 0 ? length : undefined;
        };
        const size = all([along(0, height, kh), along(1, width, kw)]);
        const divides = groups > 0 && channels === inputs && channels % groups === 0;
        agrees(divides && size ? [batch, perGroup * groups, ...size] : undefined, () =>
          convTranspose2d(tensorOf(x), tensorOf(w), { stride, padding, dilation, outputPadding, groups }),
        );
      },
    );
  });

  test('gridSample', () => {
    const grid = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.integer({ min: 1, max: 3 }));
    check([image, grid], (x, places_) => {
      const [batch, channels, height, width] = x;
      const [grids, rows, columns, coordinates] = places_;
      const possible = batch === grids && coordinates === 2 && Math.min(height, width) > 0;
      agrees(possible ? [batch, channels, rows, columns] : undefined, () => gridSample(tensorOf(x), tensorOf(places_)));
    });
  });

  test('layerNorm', () => {
    check([image, fc.nat({ max: 5 }), fc.boolean()], (x, count, isOther) => {
      const last = x.slice(x.length - Math.min(count, 4)).map((size) => size + Number(isOther));
      const fits = last.length > 0 && !isOther;
      agrees(fits ? [...x] : undefined, () => layerNorm(tensorOf(x), last));
    });
  });

  test('pooling', () => {
    check([image, setting(0, 4), setting(0, 3), setting(0, 3)], (x, kernel, stride, padding) => {
      const [batch, channels, height, width] = x;
      const size = all([
        places(height, kernel[0], stride[0], padding[0], 1),
        places(width, kernel[1], stride[1], padding[1], 1),
      ]);
      // Every window sees a pixel.
      const seesImage = 2 * padding[0] <= kernel[0] && 2 * padding[1] <= kernel[1] && Math.min(height, width) > 0;
      const modelled = size && seesImage ? [batch, channels, ...size] : undefined;
      agrees(modelled, () => avgPool2d(tensorOf(x), kernel, { stride, padding }));
      agrees(modelled, () => maxPool2d(tensorOf(x), kernel, { stride, padding }));
    });
  });

  test('resizing', () => {
    check([image, setting(-1, 5)], (x, size) => {
      const [batch, channels, height, width] = x;
      const possible = Math.min(height, width, ...size) > 0;
      agrees(possible ? [batch, channels, ...size] : undefined, () => resizeBilinear(tensorOf(x), size));
      agrees(possible ? [batch, channels, ...size] : undefined, () => adaptiveAvgPool2d(tensorOf(x), size));
    });
  });
});
