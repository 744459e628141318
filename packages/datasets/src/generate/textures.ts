/**
 * A texture gives the share of its second colour at a place, from 0 to 1. Places are in periods of the pattern. `soft`
 * is the width of a pixel in periods, over which edges are smoothed.
 */
export type Texture = (u: number, v: number, soft: number) => number;

/** 0 or 1 by the sign of a distance (in periods), with a ramp of one pixel between. */
function step(distance: number, soft: number): number {
  return Math.min(1, Math.max(0, 0.5 + distance / soft));
}

/** A triangle wave between −¼ and ¼ with period and slope 1. */
function wave(u: number): number {
  return Math.abs(u - Math.floor(u) - 0.5) - 0.25;
}

/** The distance to the middle of the unit cell along one axis, −½…½. */
function fromMiddle(u: number): number {
  return u - Math.floor(u) - 0.5;
}

/** A number in [0, 1) for a lattice point, always the same. Integer mixing after Wang, *Integer hash function*. */
function lattice(i: number, j: number): number {
  let h = (Math.imul(i, 0x27d4eb2d) ^ Math.imul(j, 0x165667b1)) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** A step from 0 to 1 without a kink at either end. */
function fade(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Smooth value noise, 0…1, with features of about one unit. */
export function valueNoise(u: number, v: number): number {
  const i = Math.floor(u);
  const j = Math.floor(v);
  const a = fade(u - i);
  const b = fade(v - j);
  const top = lattice(i, j) * (1 - a) + lattice(i + 1, j) * a;
  const bottom = lattice(i, j + 1) * (1 - a) + lattice(i + 1, j + 1) * a;
  return top * (1 - b) + bottom * b;
}

function radius(u: number, v: number): number {
  return Math.sqrt(u * u + v * v);
}

export const textures = {
  stripes: (u, _v, soft) => step(wave(u), soft),
  checks: (u, v, soft) => {
    const a = step(wave(u), soft);
    const b = step(wave(v), soft);
    return a + b - 2 * a * b;
  },
  dots: (u, v, soft) => {
    const row = Math.floor(v);
    return step(0.32 - radius(fromMiddle(u + 0.5 * (row % 2)), fromMiddle(v)), soft);
  },
  rings: (u, v, soft) => step(wave(2 * radius(fromMiddle(0.6 * u), fromMiddle(0.6 * v))), 1.2 * soft),
  bricks: (u, v, soft) => {
    const row = Math.floor(1.6 * v);
    const joint = 0.5 - Math.abs(fromMiddle(0.7 * u + 0.5 * (row % 2)));
    const bed = 0.5 - Math.abs(fromMiddle(1.6 * v));
    return step(Math.min(joint / 0.7, bed / 1.6) - 0.1, soft);
  },
  scales: (u, v, soft) => {
    const row = Math.floor(2 * v);
    const height = 2 * v - row;
    const r = radius(fromMiddle(u + 0.5 * (row % 2)), 0.5 * height);
    return step(0.42 - r, soft) * (0.4 + 0.6 * height);
  },
  chevrons: (u, v, soft) => step(wave(v + 2 * wave(u)), 2 * soft),
  grid: (u, v, soft) => step(Math.max(Math.abs(fromMiddle(u)), Math.abs(fromMiddle(v))) - 0.36, soft),
  waves: (u, v, soft) => step(wave(v + 0.3 * Math.sin(4 * u)), 1.4 * soft),
  blotches: (u, v, soft) => step(valueNoise(1.5 * u, 1.5 * v) - 0.5, 1.5 * soft),
  mosaic: (u, v) => lattice(Math.floor(1.8 * u), Math.floor(1.8 * v)),
  triangles: (u, v, soft) => {
    const a = u - Math.floor(u);
    const b = v - Math.floor(v);
    return step(b - a, 1.4 * soft) * step(0.92 - b, soft);
  },
  crosses: (u, v, soft) => {
    const a = Math.abs(fromMiddle(u));
    const b = Math.abs(fromMiddle(v));
    return step(Math.max(Math.min(0.13 - a, 0.4 - b), Math.min(0.4 - a, 0.13 - b)), soft);
  },
  contours: (u, v, soft) => step(wave(2.5 * valueNoise(u, v)), 2 * soft),
} as const satisfies Record<string, Texture>;

/** The names of the patterns on figures. @useDeclaredType */
export type TextureName = keyof typeof textures;

export const textureNames = Object.keys(textures) as readonly TextureName[] as readonly [TextureName, ...TextureName[]];
