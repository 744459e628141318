/**
 * Functions that kernels call by name. The GPU's own are no choice: on software WebGL2 and WebGPU alike the relative
 * error of `log` near 1 and of `tanh` near 0 is 8e-4, and GPU.js writes `expm1(x)` as `exp(x) - 1`. These use nothing
 * but correctly or almost correctly rounded arithmetic, and stay within a few units of float32's last place.
 */

/** A function in the form that GPU.js takes; arguments and result are floats. */
export interface GpuFunction {
  readonly source: string;
  readonly settings: { readonly argumentTypes: string[]; readonly returnType: string };
}

const bits = [64, 32, 16, 8, 4, 2, 1] as const;

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
  // the first is exact; 2^k is applied in two factors, as it may overflow where eˣ does not.
  'expf(x)': `
    let y = x;
    if (x > 90) { y = 90; }
    if (x < -105) { y = -105; }
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

  // ln(1 + eˣ)
  'softplusf(x)': `
    return Math.max(x, 0) + log1pf(expf(-Math.abs(x)));`,
};

const functions = new Map(
  Object.entries(library).map(([signature, body]) => {
    const [name = '', parameters = ''] = signature.split(/[()]/);
    const argumentTypes = parameters.split(',').map(() => 'Number');
    return [name, { source: `function ${signature} {${body}\n}`, settings: { argumentTypes, returnType: 'Number' } }] as const;
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
