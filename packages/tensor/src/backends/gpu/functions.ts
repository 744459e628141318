/**
 * Functions that kernels call by name. The GPU's own are too inexact: on software WebGL2 and WebGPU alike the relative
 * error of `log` near 1 and of `tanh` near 0 is 8e-4, and GPU.js writes `expm1(x)` as `exp(x) - 1`. These use nothing
 * but correctly or almost correctly rounded arithmetic, and stay within a few units of float32's last place.
 */

/** A function in the form that GPU.js takes; arguments and result are floats. */
export interface GpuFunction {
  readonly source: string;
  readonly settings: { readonly argumentTypes: string[]; readonly returnType: string };
}

const bits = [64, 32, 16, 8, 4, 2, 1] as const;

/** The largest float32: more is infinite. */
const largest = 3.4028234663852886e38;

/** 2/π = Σ digit / 2048^(place + 1): as many as the largest float32 needs. */
const twoOverPi = [1303, 1632, 1756, 1252, 522, 1191, 1924, 1879, 1679, 1357, 443, 1037, 1457, 598, 807] as const;

/**
 * Statements that add |x| · 2/π modulo 4 to `coarse`, which stays a multiple of 1/1024, and `fine`: the digits times each
 * half of |x| / 2⁶⁴ are exact, and so is each product modulo 4.
 */
const addQuarters = twoOverPi
  .flatMap((digit, place) => ['high', 'low'].map((half) => `${half} * ${digit * 2 ** (64 - 11 * (place + 1))}`))
  .map(
    (product) => `part = ${product}; part = part - Math.floor(part * 0.25) * 4;
      step = Math.floor(part * 1024) * ${2 ** -10}; coarse = coarse + step; fine = fine + (part - step);`,
  )
  .join('\n');

/** Bodies by signature. Arguments are not assigned to: WGSL's are constants. */
const library: Readonly<Record<string, string>> = {
  // ⌊a / b⌋ for whole numbers. The quotient is off by less than 1 (see `floorDiv`), `rest` is exact.
  'quotient(a, b)': `
    let q = Math.floor(a / b);
    const rest = a - q * b;
    if (rest < 0) { q = q - 1; }
    if (rest >= b) { q = q + 1; }
    return q;`,

  // 2^k for whole |k| ≤ 127, as exact factors.
  'twoToThe(k)': `
    let left = Math.abs(k);
    let power = 1;
    ${bits.map((bit) => `if (left >= ${bit}) { power = power * ${2 ** bit}; left = left - ${bit}; }`).join('\n')}
    if (k < 0) { return 1 / power; }
    return power;`,

  // x = k ln 2 + r, eˣ = 2^k eʳ, |r| ≤ ln 2 / 2. ln 2 is subtracted in two parts (Cody and Waite), of which k times
  // the first is exact; 2^k is applied in two factors, as it may overflow where eˣ does not. 0 where float32 has no less,
  // even where kernels reckon with doubles: what is multiplied by it may be large.
  'expf(x)': `
    let y = x;
    if (x > 90) { y = 90; }
    if (x < -104) { return 0; }
    const k = Math.floor(y * 1.4426950408889634 + 0.5);
    const r = (y - k * 0.693359375) + k * 0.00021219444005469057;
    const half = Math.floor(k * 0.5);
    return (1 + expm1Series(r)) * twoToThe(half) * twoToThe(k - half);`,

  // eʳ − 1 = r + r²/2! + … + r⁸/8!, for |r| ≤ 0.35
  'expm1Series(r)': `
    return r * (1 + r * (0.5 + r * (0.16666666666666666 + r * (0.041666666666666664 + r * (0.008333333333333333
      + r * (0.001388888888888889 + r * (0.0001984126984126984 + r * 0.0000248015873015873)))))));`,

  'expm1f(x)': `
    if (Math.abs(x) < 0.35) { return expm1Series(x); }
    return expf(x) - 1;`,

  // x = m 2^e with √½ < m ≤ √2, ln x = e ln 2 + 2 artanh((m − 1) / (m + 1)); −∞ at 0, NaN below.
  'logf(x)': `
    if (x > 3.4e38) { return x; }
    if (x < 0) { return Math.sqrt(x); }
    if (x > 0) {
      let m = x;
      let e = 0;
      ${bits.map((bit) => `if (m >= ${2 ** bit}) { m = m * ${2 ** -bit}; e = e + ${bit}; }`).join('\n')}
      ${bits.map((bit) => `if (m < ${2 ** (1 - bit)}) { m = m * ${2 ** bit}; e = e - ${bit}; }`).join('\n')}
      if (m > 1.4142135623730951) { m = m * 0.5; e = e + 1; }
      return e * 0.693359375 + (logSeries((m - 1) / (m + 1)) - e * 0.00021219444005469057);
    }
    return -1 / Math.abs(x);`,

  // 2 artanh(s) = 2 (s + s³/3 + s⁵/5 + …), for |s| ≤ 0.172
  'logSeries(s)': `
    const q = s * s;
    return 2 * s * (1 + q * (0.3333333333333333 + q * (0.2 + q * (0.14285714285714285 + q * 0.1111111111111111))));`,

  'log1pf(x)': `
    if (x > -0.29 && x < 0.41) { return logSeries(x / (2 + x)); }
    return logf(1 + x);`,

  // xʸ = e^(y ln x) with ln x = high + low, as y multiplies its error: high and y are split into halves of 12 bits, whose
  // product is exact. x = m 2^e / c, f = c m − 1 exactly with c = ¾, 1 or 5/4, and ln(1 + f) = f − f²/2 + …, of which f and
  // the leading part of f² are exact, too.
  'powf(x, y)': `
    const size = Math.abs(x);
    if (y === 0 || x === 1 || (size === 1 && Math.abs(y) > ${largest})) { return 1; }
    const whole = Math.floor(y);
    if (x < 0 && size <= ${largest} && whole !== y) { return Math.sqrt(x); }
    let sign = 1;
    if (x < 0 || (x === 0 && 1 / x < 0)) {
      const half = Math.floor(y * 0.5);
      if (whole === y && half + half < y) { sign = -1; }
    }
    return sign * powerOfSize(size, y);`,

  'powerOfSize(x, y)': `
    if (x === 0) { return y > 0 ? 0 : (y < 0 ? 1 / x : y); }
    if (x > ${largest}) { return y > 0 ? x : (y < 0 ? 0 : y); }
    let m = x;
    let e = 0;
    ${bits.map((bit) => `if (m >= ${2 ** bit}) { m = m * ${2 ** -bit}; e = e + ${bit}; }`).join('\n')}
    ${bits.map((bit) => `if (m < ${2 ** (1 - bit)}) { m = m * ${2 ** bit}; e = e - ${bit}; }`).join('\n')}
    if (m > 1.4142135623730951) { m = m * 0.5; e = e + 1; }
    let f = m - 1;
    let lead = e * 0.693359375;
    let rest = e * -0.00021219444005469057;
    if (m < 0.889) { f = f + m * 0.25; lead = lead - 0.22314453125; rest = rest + 9.799357902442336e-7; }
    if (m > 1.143) { f = f - m * 0.25; lead = lead + 0.28765869140625; rest = rest + 2.338104553092744e-5; }
    const near = Math.floor(f * 2048 + 0.5) * ${2 ** -11};
    const s = f / (2 + f);
    const q = s * s;
    const series = q * (0.6666666666666666 + q * (0.4 + q * 0.2857142857142857));
    rest = rest - (f - near) * (near + 0.5 * (f - near)) + s * (0.5 * f * f + series);
    const exact = f - 0.5 * near * near;
    const sum = lead + exact;
    const high = upperHalf(sum);
    const low = (sum - high) + ((lead - sum) + exact + rest);
    let power = y;
    if (y > 4294967296) { power = 4294967296; }
    if (y < -4294967296) { power = -4294967296; }
    const top = upperHalf(power);
    const product = top * high;
    const correction = (power - top) * high + power * low;
    const total = product + correction;
    if (!(total < 89 && total > -104)) { return expf(total); }
    const k = Math.floor(total * 1.4426950408889634 + 0.5);
    const r = (product - k * 0.693359375) + (k * 0.00021219444005469057 + correction);
    const halfK = Math.floor(k * 0.5);
    return (1 + expm1Series(r)) * twoToThe(halfK) * twoToThe(k - halfK);`,

  // The upper 12 bits of x (Veltkamp).
  'upperHalf(x)': `
    const scaled = x * 4097;
    return scaled - (scaled - x);`,

  'sinf(x)': `
    return shiftedSine(x, 0);`,

  'cosf(x)': `
    return shiftedSine(x, 1);`,

  // sin(x + shift π/2). x = n π/2 + r: small n are multiplied exactly by parts of π/2 of 8 bits; from 10⁵ on,
  // n and r are the whole part and the rest of x · 2/π modulo 4. On the eighth of a turn that is left, Cephes' polynomials.
  'shiftedSine(x, shift)': `
    let n = Math.floor(x * 0.6366197723675814 + 0.5);
    let r = ((((x - n * 1.5703125) - n * 0.000457763671875) - n * 0.000025987625122070312) - n * 7.543712854385376e-8)
      - n * 6.077100506506192e-11;
    if (!(Math.abs(x) < 100000)) {
      let m = Math.abs(x);
      let scale = ${2 ** -64};
      ${bits.map((bit) => `if (m >= ${2 ** bit}) { m = m * ${2 ** -bit}; scale = scale * ${2 ** bit}; }`).join('\n')}
      const upper = Math.floor(m * 4096) * ${2 ** -12};
      const high = upper * scale;
      const low = (m - upper) * scale;
      let coarse = 0; let fine = 0; let part = 0; let step = 0;
      ${addQuarters}
      n = Math.floor(coarse + fine + 0.5);
      r = ((coarse - n) + fine) * 1.5707963267948966;
      if (x < 0) { n = -n; r = -r; }
    }
    n = n + shift;
    const quadrant = n - Math.floor(n * 0.25) * 4;
    const q = r * r;
    let y = r + r * q * (-0.16666654611 + q * (0.0083321608736 - q * 0.00019515295891));
    if (quadrant === 1 || quadrant === 3) {
      y = 1 - 0.5 * q + q * q * (0.04166664568298827 + q * (-0.001388731625493765 + q * 0.00002443315711809948));
    }
    if (quadrant >= 2) { return -y; }
    return y;`,

  // An odd polynomial near 0, beyond 1 − e^p with a polynomial p of |x|, which is 1 in float32 from 4 on (coefficients:
  // Norbert Juffa's erff).
  'erff(x)': `
    if (x >= 4) { return 1; }
    if (x <= -4) { return -1; }
    const t = Math.abs(x);
    const s = t * t;
    if (t < 0.927734375) {
      return x + x * (0.128379166 + s * (-0.376125336 + s * (0.112819925 + s * (-0.0267681349
        + s * (0.00499119423 - s * 0.000596761703)))));
    }
    const p = t * (-0.128717512 + t * (-0.634846687 + t * (-0.106777877 + t * (0.0242546219 - 0.00388396438 * t
      + s * (0.000383197126 - 0.000017285347 * t)))));
    const y = 1 - expf(p - t);
    if (x < 0) { return -y; }
    return y;`,

  // tanh x = (e²ˣ − 1) / (e²ˣ + 1)
  'tanhf(x)': `
    let y = x;
    if (x > 10) { y = 10; }
    if (x < -10) { y = -10; }
    const t = expm1f(2 * y);
    return t / (t + 2);`,

  // 1 / (1 + e⁻ˣ), from e^−|x|, which cannot overflow
  'sigmoidf(x)': `
    const e = expf(-Math.abs(x));
    if (x < 0) { return e / (1 + e); }
    return 1 / (1 + e);`,

  // The nearest whole number; of two, the even one. From 2²³ on every float is whole, and NaN stays.
  'roundf(x)': `
    if (Math.abs(x) < 8388608) {
      const low = Math.floor(x);
      const rest = x - low;
      if (rest > 0.5) { return low + 1; }
      if (rest === 0.5) { return 2 * Math.floor(0.5 * low + 0.5); }
      return low;
    }
    return x;`,

  // a − b ⌊a / b⌋ by long division: each difference is exact, as neither number is twice the other.
  'remainderf(a, b)': `
    const by = Math.abs(b);
    let rest = Math.abs(a);
    if (!(by > 0) || !(rest <= ${largest})) { return Math.sqrt(-1 - by); }
    ${Array.from({ length: 64 }, (_, i) => 63 - i)
      .map((k) => `if (rest >= by * ${2 ** k}) { rest = rest - by * ${2 ** k}; }`)
      .join('\n')}
    if (rest === 0) { return 0; }
    if (a < 0) { rest = -rest; }
    if ((rest < 0 && b > 0) || (rest > 0 && b < 0)) { return rest + b; }
    return rest;`,

  // weight · value, and 0 without a weight even if the value is not finite.
  'weighted(weight, value)': `
    if (weight === 0) { return 0; }
    return weight * value;`,

  // ln(1 + eˣ)
  'softplusf(x)': `
    return Math.max(x, 0) + log1pf(expf(-Math.abs(x)));`,
};

const functions = new Map(
  Object.entries(library).map(([signature, body]) => {
    const [name = '', parameters = ''] = signature.split(/[()]/);
    const argumentTypes = parameters.split(',').map(() => 'Number');
    return [
      name,
      { source: `function ${signature} {${body}\n}`, settings: { argumentTypes, returnType: 'Number' } },
    ] as const;
  }),
);

/** The functions that `source` calls, and those that they call. */
export function functionsFor(source: string): GpuFunction[] {
  const found = new Map<string, GpuFunction>();
  const visit = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/\b(\w+)\(/g)) {
      const called = functions.get(name);
      if (called === undefined || found.has(name)) continue;
      found.set(name, called);
      visit(called.source);
    }
  };
  visit(source);
  return [...found.values()];
}
