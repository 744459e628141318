/**
 * Outlines of parts, as signed distances: negative inside, in the unit of `x` and `y`, so that a rasteriser can turn
 * the last pixel's distance into coverage. An outline is centred, and fills the box [−rx, rx] × [−ry, ry]. Distances to
 * bent and squeezed outlines are first-order: exact at the outline, and near it accurate enough for anti-aliasing.
 * Formulas after Quilez, *2D distance functions*.
 */
export type Outline = (x: number, y: number, rx: number, ry: number) => number;

/** The first-order distance to an ellipse: f (f − 1) / |∇f|, f = |(x/rx, y/ry)|. */
const ellipse: Outline = (x, y, rx, ry) => {
  const u = x / rx;
  const v = y / ry;
  const f = Math.sqrt(u * u + v * v);
  const slope = Math.sqrt((u / rx) ** 2 + (v / ry) ** 2);
  return slope < 1e-9 ? -Math.min(rx, ry) : (f * (f - 1)) / slope;
};

const box: Outline = (x, y, rx, ry) => roundedBox(x, y, rx, ry, 0.2 * Math.min(rx, ry));

function roundedBox(x: number, y: number, rx: number, ry: number, radius: number): number {
  const dx = Math.abs(x) - rx + radius;
  const dy = Math.abs(y) - ry + radius;
  const outside = Math.sqrt(Math.max(dx, 0) ** 2 + Math.max(dy, 0) ** 2);
  return outside + Math.min(Math.max(dx, dy), 0) - radius;
}

const capsule: Outline = (x, y, rx, ry) => roundedBox(x, y, rx, ry, Math.min(rx, ry));

/** Wide at the bottom, a point at the top. */
const triangle: Outline = (x, y, rx, ry) => {
  const length = Math.sqrt(4 * ry * ry + rx * rx);
  return Math.max((Math.abs(x) * 2 * ry + (y - ry) * rx) / length, -ry - y);
};

const rhombus: Outline = (x, y, rx, ry) =>
  (Math.abs(x) * ry + Math.abs(y) * rx - rx * ry) / Math.sqrt(rx * rx + ry * ry);

/** Narrow at the top, wide at the bottom. */
const trapezoid: Outline = (x, y, rx, ry) => {
  const top = 0.4 * rx;
  const half = 0.5 * (rx + top);
  const slope = (rx - top) / (2 * ry);
  const side = (Math.abs(x) - half + slope * y) / Math.sqrt(1 + slope * slope);
  return Math.max(side, Math.abs(y) - ry);
};

/** A drop: an ellipse whose top half narrows to a point. */
const drop: Outline = (x, y, rx, ry) => {
  const width = rx * Math.max(0.04, 1 - Math.max(0, y / ry) * 0.95);
  return ellipse(x, y, width, ry);
};

const crescent: Outline = (x, y, rx, ry) => Math.max(ellipse(x, y, rx, ry), -ellipse(x, y - 0.75 * ry, 0.85 * rx, ry));

const cross: Outline = (x, y, rx, ry) => Math.min(box(x, y, rx, 0.38 * ry), box(x, y, 0.38 * rx, ry));

const ring: Outline = (x, y, rx, ry) => Math.max(ellipse(x, y, rx, ry), -ellipse(x, y, 0.45 * rx, 0.45 * ry));

/** A circle whose radius waves `count` times around. */
const petals =
  (count: number, depth: number): Outline =>
  (x, y, rx, ry) => {
    const u = x / rx;
    const v = y / ry;
    const wave = 1 - depth * (0.5 - 0.5 * Math.cos(count * Math.atan2(u, v)));
    return (Math.sqrt(u * u + v * v) - wave) * Math.min(rx, ry);
  };

export const outlines = {
  ellipse,
  box,
  capsule,
  triangle,
  rhombus,
  trapezoid,
  drop,
  crescent,
  cross,
  ring,
  star: petals(5, 0.55),
  flower: petals(6, 0.3),
  gear: petals(9, 0.22),
} as const satisfies Record<string, Outline>;

export type OutlineName = keyof typeof outlines;

/** Outlines for bodies: wide enough for a texture to be seen. */
export const bodyOutlines = [
  'ellipse',
  'box',
  'capsule',
  'triangle',
  'rhombus',
  'trapezoid',
  'drop',
  'flower',
  'gear',
] as const;

/** Outlines for limbs. */
export const limbOutlines = ['ellipse', 'box', 'capsule', 'triangle', 'rhombus', 'trapezoid', 'drop'] as const;

/** Outlines for the end of a body or a limb. */
export const headOutlines = [
  'ellipse',
  'box',
  'triangle',
  'rhombus',
  'crescent',
  'cross',
  'ring',
  'star',
  'flower',
  'gear',
] as const;
