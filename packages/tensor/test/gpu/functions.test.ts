import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementwise } from '../../src/backends/gpu/source.ts';
import { functionsFor } from '../../src/backends/gpu/functions.ts';
import type { ComputingBackend } from '../../src/backend.ts';
import { errorFunction } from '../../src/ops/erf.ts';
import { compute, modes, start } from './harness.ts';

const between = (low: number, high: number): Float32Array =>
  Float32Array.from({ length: 4001 }, (_, i) => low + ((high - low) * i) / 4000);
/** From `low` to `high` in equal factors, of both signs. */
const powers = (low: number, high: number): Float32Array =>
  Float32Array.from(
    { length: 4002 },
    (_, i) => (i % 2 === 0 ? 1 : -1) * low * (high / low) ** (Math.floor(i / 2) / 2000),
  );

const definitions = {
  expf: { of: Math.exp, on: [between(-87, 88.7), powers(1e-10, 1)] },
  expm1f: { of: Math.expm1, on: [between(-50, 80), powers(1e-10, 1)] },
  logf: { of: Math.log, on: [powers(1.2e-38, 3e38).map(Math.abs), between(0.9, 1.1)] },
  log1pf: { of: Math.log1p, on: [powers(1e-10, 0.99), powers(1, 1e30).map(Math.abs)] },
  tanhf: { of: Math.tanh, on: [between(-60, 60), powers(1e-10, 1)] },
  sigmoidf: { of: (x: number) => 1 / (1 + Math.exp(-x)), on: [between(-80, 120)] },
  sinf: { of: Math.sin, on: [powers(1e-10, 1)] },
  cosf: { of: Math.cos, on: [between(-1.5, 1.5)] },
  erff: { of: errorFunction, on: [between(-5, 5), powers(1e-10, 1)] },
  roundf: {
    of: (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
    on: [between(-50, 50), powers(1e-10, 1e12)],
  },
  softplusf: { of: (x: number) => Math.log1p(Math.exp(x)), on: [between(-80, 88)] },
} as const;

// A few units in float32's last place, 6e-8.
const tolerance = 4e-7;

it('takes the functions that a kernel calls, and those that they call', () => {
  const names = functionsFor('function kernel(x) { return tanhf(x[0]) + Math.abs(x[0]); }').map(
    ({ source }) => /\w+(?=\()/.exec(source)?.[0],
  );
  expect(names.toSorted()).toEqual(['expf', 'expm1Series', 'expm1f', 'tanhf', 'twoToThe']);
});

describe.each(modes)('functions on %s', (mode) => {
  let backend: ComputingBackend;
  beforeAll(async () => {
    backend = await start(mode);
  });
  afterAll(() => backend.dispose());

  const apply = (data: Float32Array, expression: string): Promise<Float32Array> =>
    compute(backend, { x: { shape: [data.length], data } }, [data.length], (reads, output) =>
      elementwise(reads, output, expression),
    );

  it.each(Object.entries(definitions))('%s', async (name, { of, on }) => {
    for (const data of on) {
      const got = await apply(data, `${name}(x)`);
      const worst = Math.max(...Array.from(data, (x, i) => Math.abs(((got[i] ?? NaN) - of(x)) / (of(x) || 1))));
      expect(worst).toBeLessThan(tolerance);
    }
  });

  it.each([3, -0.7, 2.5e-5, 1e9])('remainderf by %d is exact', async (divisor) => {
    const by = Math.fround(divisor);
    for (const data of [between(-1000, 1000), powers(1e-6, 1e12)]) {
      const got = await apply(data, `remainderf(x, ${by})`);
      const exact = data.map((x) => (x % by !== 0 && x % by < 0 !== by < 0 ? (x % by) + by : x % by));
      // Adding the divisor rounds once; -0 is 0.
      expect(got.map((value) => value + 0)).toEqual(exact.map((value) => value + 0));
    }
  });

  it.each(['sin', 'cos'] as const)('%s of every angle', async (name) => {
    for (const data of [between(-10, 10), between(-1e5, 1e5), powers(1e3, 3e38)]) {
      const got = await apply(data, `${name}f(x)`);
      const worst = Math.max(...Array.from(data, (x, i) => Math.abs((got[i] ?? NaN) - Math[name](x))));
      expect(worst).toBeLessThan(2e-7);
    }
  });

  it('powf', async () => {
    // Exponents for which powers of the numbers reach the ends of float32, and small ones.
    const bases = Float32Array.from([
      ...between(0.5, 2),
      ...powers(1e-30, 1e30).map(Math.abs),
      ...between(0.999, 1.001),
    ]);
    for (const share of [0.99, -0.98, 0.3, 0.01]) {
      const exponents = bases.map((x) => (87 * share) / (Math.log(x) || 1));
      const vector = (data: Float32Array) => ({ shape: [data.length], data });
      const got = await compute(backend, { x: vector(bases), y: vector(exponents) }, [bases.length], (reads, output) =>
        elementwise(reads, output, 'powf(x, y)'),
      );
      const worst = Math.max(
        ...Array.from(bases, (x, i) => Math.abs((got[i] ?? NaN) / x ** (exponents[i] ?? NaN) - 1)),
      );
      expect(worst).toBeLessThan(tolerance);
    }
  });

  it('limits, infinities and NaN', async () => {
    const special = Float32Array.of(NaN, Infinity, -Infinity, 0, 1000, -1000);
    expect([...(await apply(special, 'expf(x)'))]).toEqual([NaN, Infinity, 0, 1, Infinity, 0]);
    expect([...(await apply(special, 'tanhf(x)'))]).toEqual([NaN, 1, -1, 0, 1, -1]);
    expect([...(await apply(special, 'sigmoidf(x)'))]).toEqual([NaN, 1, 0, 0.5, 1, 0]);
    expect([...(await apply(special, 'logf(x)'))].slice(0, 4)).toEqual([NaN, Infinity, NaN, -Infinity]);
  });

  it('compares NaN as JavaScript does when the order is asked for', async () => {
    const got = await apply(Float32Array.of(NaN, -2, 2), 'x < 0 ? 0 : x');
    expect([...got]).toEqual([NaN, 0, 2]);
  });
});
