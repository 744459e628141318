import { fold, key } from '@hypercorr/tensor';
import type { RgbImage } from '../image/image.ts';
import type { FigureClass } from './classes.ts';
import { Draws } from './draws.ts';
import { figure, type Colour, type Part, type Pose } from './figure.ts';
import { isOfClass, partLabel } from './labels.ts';
import { headOutlines, limbOutlines } from './outlines.ts';
import { blankCanvas, paintPart, type Canvas } from './rasterise.ts';
import { textureNames, valueNoise } from './textures.ts';

/** A rendered picture: bytes of red, green, blue, row by row, and what each pixel shows. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  /** 1 where the picture's class is seen, or else 0. */
  readonly mask: Uint8Array;
  /** The label of each pixel (`partLabel`). 0 is the background. */
  readonly labels: Uint16Array;
}

export interface SceneOptions {
  readonly seed: number;
  /** The picture's sides in pixels. */
  readonly size: number;
}

/**
 * Renders picture number `index` of a class: one figure of the class among figures of other classes of its set, on a
 * cluttered background. The same arguments always give the same pixels.
 */
export function renderScene(
  classes: readonly FigureClass[],
  cls: FigureClass,
  index: number,
  { seed, size }: SceneOptions,
): Scene {
  const draws = new Draws(fold(fold(key(seed), cls.id), index));
  const canvas = blankCanvas(size, size);
  const light = draws.unit() * 2 * Math.PI;
  for (const part of backgroundParts(draws, size)) paintPart(canvas, part, light);
  const figures = placeFigures(draws, classes, cls, size);
  for (const part of figures.flat()) paintPart(canvas, part, light);
  return {
    width: size,
    height: size,
    pixels: develop(draws, canvas),
    mask: maskOf(canvas, cls),
    labels: canvas.labels,
  };
}

/** Renders a cluttered background without figures, as a picture's `renderScene` has it, of the given side. */
export function renderBackground(draws: Draws, size: number): RgbImage {
  const canvas = blankCanvas(size, size);
  const light = draws.unit() * 2 * Math.PI;
  for (const part of backgroundParts(draws, size)) paintPart(canvas, part, light);
  return { width: size, height: size, data: develop(draws, canvas) };
}

function maskOf({ labels }: Canvas, cls: FigureClass): Uint8Array {
  const mask = new Uint8Array(labels.length);
  for (let i = 0; i < mask.length; i += 1) {
    if (isOfClass(labels[i] ?? 0, cls.id)) mask[i] = 1;
  }
  return mask;
}

function drawColour(draws: Draws): Colour {
  // A cosine palette of hue, chroma and lightness: bright and dull colours are equally likely.
  const hue = draws.unit();
  const chroma = draws.between(0.05, 0.45);
  const lightness = draws.between(0.2, 0.85);
  const channel = (shift: number): number =>
    Math.min(1, Math.max(0, lightness + chroma * Math.cos(2 * Math.PI * (hue + shift))));
  return [channel(0), channel(1 / 3), channel(2 / 3)];
}

function luminance([red, green, blue]: Colour): number {
  return 0.3 * red + 0.59 * green + 0.11 * blue;
}

/** Two colours with enough contrast to show a pattern. */
function drawPair(draws: Draws, contrast: number): readonly [Colour, Colour] {
  for (;;) {
    const a = drawColour(draws);
    const b = drawColour(draws);
    if (Math.abs(luminance(a) - luminance(b)) >= contrast) return [a, b];
  }
}

function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}

function patch(
  draws: Draws,
  size: number,
  shape: Pick<Part, 'outline' | 'x' | 'y' | 'rx' | 'ry'>,
  contrast: number,
): Part {
  const [a, b] = drawPair(draws, 0.25);
  const texture = draws.pick(textureNames);
  return {
    ...shape,
    angle: draws.unit() * 2 * Math.PI,
    bend: draws.between(-0.5, 0.5),
    texture,
    period: draws.between(0.045, 0.085) * size,
    textureAngle: draws.unit() * 2 * Math.PI,
    textureX: draws.between(0, 50),
    textureY: draws.between(0, 50),
    colours: [a, mix(a, b, contrast)],
    label: 0,
  };
}

function backgroundParts(draws: Draws, size: number): Part[] {
  const anywhere = (): { x: number; y: number } => ({ x: draws.unit() * size, y: draws.unit() * size });
  const ground = patch(
    draws,
    size,
    { outline: 'ellipse', x: size / 2, y: size / 2, rx: size, ry: size },
    draws.between(0.1, 0.45),
  );
  const regions = Array.from({ length: 1 + draws.below(3) }, () =>
    patch(
      draws,
      size,
      {
        outline: draws.pick(['box', 'ellipse']),
        ...anywhere(),
        rx: draws.between(0.2, 0.5) * size,
        ry: draws.between(0.2, 0.5) * size,
      },
      draws.between(0.1, 0.45),
    ),
  );
  const clutter = Array.from({ length: 2 + draws.below(4) }, () =>
    patch(
      draws,
      size,
      {
        outline: draws.pick([...limbOutlines, ...headOutlines]),
        ...anywhere(),
        rx: draws.between(0.035, 0.09) * size,
        ry: draws.between(0.05, 0.13) * size,
      },
      1,
    ),
  );
  return [
    { ...ground, bend: 0 },
    ...regions,
    ...clutter.map((part) => ({ ...part, label: partLabel(undefined, part.texture) })),
  ];
}

/**
 * The other figures in a picture: how many at least (sometimes one more), how far figures reach (as shares of the
 * picture's side), and how often the picture's own figure stands in front. There are enough others that finding any
 * figure is not enough. Figures of episodes are somewhat larger than those that train the backbone.
 */
const company = {
  backbone: { others: 2, radius: [0.25, 0.36], othersRadius: [0.24, 0.35], inFront: 0.6 },
  episodes: { others: 2, radius: [0.27, 0.38], othersRadius: [0.27, 0.38], inFront: 0.8 },
} as const;

function placeFigures(draws: Draws, classes: readonly FigureClass[], cls: FigureClass, size: number): Part[][] {
  const poses: Pose[] = [];
  const drawPose = ([smallest, largest]: readonly [number, number]): Pose => {
    for (let attempt = 0; ; attempt += 1) {
      const radius = draws.between(smallest, largest) * size;
      const margin = 0.55 * radius;
      const pose: Pose = {
        x: draws.between(margin, size - margin),
        y: draws.between(margin, size - margin),
        radius,
        angle: Math.PI + draws.between(-0.8, 0.8),
        mirrored: draws.chance(0.5),
      };
      // After many tries, figures may overlap.
      const apart = poses.every(
        (other) => Math.hypot(pose.x - other.x, pose.y - other.y) > 0.7 * (pose.radius + other.radius),
      );
      if (apart || attempt === 40) {
        poses.push(pose);
        return pose;
      }
    }
  };
  const { others: fewest, radius, othersRadius, inFront } = company[cls.set === 'backbone' ? 'backbone' : 'episodes'];
  const target = drawFigure(draws, cls, drawPose(radius));
  const others = distractors(draws, classes, cls, fewest + draws.below(2)).map((other) =>
    drawFigure(draws, other, drawPose(othersRadius)),
  );
  return draws.chance(inFront) ? [...others, target] : [target, ...others];
}

function drawFigure(draws: Draws, cls: FigureClass, pose: Pose): Part[] {
  return figure(
    draws,
    cls,
    pose,
    cls.textures.map(() => drawPair(draws, 0.3)),
  );
}

/** Figures of other classes of the same set. Most of them share a texture with the class. */
function distractors(draws: Draws, classes: readonly FigureClass[], cls: FigureClass, count: number): FigureClass[] {
  const others = classes.filter((other) => other.set === cls.set && other.id !== cls.id);
  const worn = new Set(cls.textures.map(({ name }) => name));
  const alike = others.filter((other) => other.textures.some(({ name }) => worn.has(name)));
  return Array.from({ length: count }, () => {
    const pool = draws.chance(0.7) && alike.length > 0 ? alike : others;
    return pool[draws.below(pool.length)] ?? cls;
  });
}

/**
 * Applies light and camera: haze, a slope of light, a tint, exposure, soft shadows, grain. Takes linear values from 0
 * to 1 and gives bytes.
 */
function develop(draws: Draws, { width, height, colours }: Canvas): Uint8Array {
  const pixels = new Uint8Array(3 * width * height);
  const direction = draws.unit() * 2 * Math.PI;
  const slope = draws.between(0, 0.5);
  const exposure = draws.between(0.75, 1.15);
  const tint = [draws.between(0.88, 1.12), draws.between(0.88, 1.12), draws.between(0.88, 1.12)];
  const shadow = draws.between(0, 0.35);
  const [shadowX, shadowY] = [draws.between(0, 50), draws.between(0, 50)];
  const clear = draws.between(0.6, 1);
  const haze = draws.between(0.25, 0.75) * (1 - clear);
  const grain = draws.between(0.005, 0.03);
  const grainSeed = draws.below(2 ** 24);
  let state = grainSeed | 1;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const x = column / width - 0.5;
      const y = row / height - 0.5;
      const shade = 1 - shadow * valueNoise(3 * x + shadowX, 3 * y + shadowY);
      const gain = exposure * shade * (1 + slope * (x * Math.cos(direction) + y * Math.sin(direction)));
      for (let channel = 0; channel < 3; channel += 1) {
        const i = 3 * (row * width + column) + channel;
        // xorshift32 (Marsaglia): grain is the sum of two uniform numbers.
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const noise = ((state & 0xffff) + ((state >>> 16) & 0xffff)) / 65535 - 1;
        const value = (clear * (colours[i] ?? 0) + haze) * gain * (tint[channel] ?? 1) + 2 * grain * noise;
        pixels[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return pixels;
}
