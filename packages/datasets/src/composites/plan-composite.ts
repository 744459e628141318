import { fold, FormatError, ShapeError } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { EpisodePlan, Sample } from '../episode/dataset.ts';
import { pick, shuffled, streamKey, type EpisodeOptions } from '../episode/draw-samples.ts';
import { Draws } from '../generate/draws.ts';
import type { Colouring } from './colouring.ts';
import type { CutOut, CutOutClass, CutOuts } from './cut-outs.ts';

/** An object in a composite. Places and lengths are shares of the picture's side, angles radians. */
export interface Layer {
  readonly cutOut: CutOut;
  /** Whether it is of the episode's class. */
  readonly asked: boolean;
  /** The place of the object's centre. */
  readonly x: number;
  readonly y: number;
  /** The length of the object's longer side. */
  readonly scale: number;
  /** How many times wider the object is than drawn, at the same area. */
  readonly stretch: number;
  readonly angle: number;
  readonly mirrored: boolean;
  readonly colours: Colouring;
  /** The shadow's place beside the object, and how dark it is (0 … 1). */
  readonly shadow?: { readonly x: number; readonly y: number; readonly strength: number };
}

/** What the objects lie on. */
export type Background =
  | {
      readonly kind: 'photograph';
      readonly file: string;
      /** The crop's size as a share of the largest crop, and its place among those possible (0 … 1). */
      readonly zoom: number;
      readonly x: number;
      readonly y: number;
      readonly mirrored: boolean;
    }
  | { readonly kind: 'generated'; readonly seed: number };

/** A picture to compose. */
export interface CompositePicture {
  readonly background: Background;
  /** From the back to the front. */
  readonly layers: readonly Layer[];
  /** How the colours of the whole picture are changed. */
  readonly colours: Colouring;
  /** How many levels of 255 the picture's grain has, and its seed. */
  readonly grain: number;
  readonly seed: number;
}

/** An episode of composites. Its samples are the cut-outs of the objects that are asked for. */
export interface CompositePlan extends EpisodePlan {
  /** The query, then the supports. */
  readonly pictures: readonly CompositePicture[];
}

/** How composites are drawn. */
export interface CompositeOptions extends EpisodeOptions {
  /** Photographs for backgrounds. Generated textures alone if absent. */
  readonly backgrounds?: readonly string[];
  /** The longer side of an object as a share of the picture's side, drawn log-uniformly. [0.08, 0.9] if absent. */
  readonly scales?: readonly [least: number, most: number];
  /** How many objects of other classes a picture has at most. 4 if absent. */
  readonly distractors?: number;
  /** How likely a support shows the query's own cut-out. 0.1 if absent. */
  readonly sameCutOut?: number;
}

const optionNames = { seed: true, shots: true, backgrounds: true, scales: true, distractors: true, sameCutOut: true };

/** How often things happen. */
const chances = {
  generated: 0.1,
  sameBackground: 0.15,
  severalObjects: 0.3,
  cutOff: 0.3,
  anyAngle: 0.2,
  inFront: 0.35,
  shadow: 0.3,
  grain: 0.5,
} as const;

/** The ranges of what is drawn uniformly; of `zoom` and `stretch`, logarithms are. */
const ranges = {
  zoom: [0.4, 1],
  stretch: [0.8, 1.25],
  /** For objects that are not turned at any angle. */
  angle: [-0.5, 0.5],
  object: { brightness: [0.7, 1.25], contrast: [0.6, 1.2], saturation: [0.3, 1.3], hue: [-0.25, 0.25] },
  picture: { brightness: [0.75, 1.2], contrast: [0.75, 1.15], saturation: [0.6, 1.2], hue: [-0.1, 0.1] },
  grain: [0, 10],
  shadow: [0.2, 0.6],
} as const;

/**
 * Checks options that `planComposite` would draw nonsense from.
 *
 * @throws ShapeError for options that do not exist or are out of their range; FormatError for cut-outs without classes
 */
export function checkComposites(cutOuts: CutOuts, options: CompositeOptions): void {
  checkOptions('composites', options, optionNames);
  const { shots, scales: [least, most] = usual.scales, distractors = usual.distractors, sameCutOut = 0 } = options;
  if (!Number.isSafeInteger(shots) || shots < 1)
    throw new ShapeError('composites', `shots must be a whole number from 1; got ${shots}`);
  if (!(least > 0 && least <= most && most <= 2))
    throw new ShapeError('composites', `scales must be two numbers, 0 < least ≤ most ≤ 2; got ${least} and ${most}`);
  if (!Number.isSafeInteger(distractors) || distractors < 0)
    throw new ShapeError('composites', `distractors must be a whole number from 0; got ${distractors}`);
  if (!(sameCutOut >= 0 && sameCutOut <= 1))
    throw new ShapeError('composites', `sameCutOut must be between 0 and 1; got ${sameCutOut}`);
  if (options.backgrounds?.length === 0)
    throw new ShapeError('composites', 'backgrounds is empty; name photographs, or leave it out');
  if (cutOuts.classes.length === 0) throw new FormatError('composites', `${cutOuts.name} has no classes`);
  const empty = cutOuts.classes.find((each) => each.cutOuts.length === 0);
  if (empty !== undefined)
    throw new FormatError('composites', `the class ${empty.name} of ${cutOuts.name} has no cut-outs`);
}

const usual = { scales: [0.08, 0.9], distractors: 4, sameCutOut: 0.1 } as const;

/**
 * Draws the episode with this number: a class, cut-outs of it for the query and the supports, different ones where the
 * class has enough, and for each picture a background, a place for the object, and objects of other classes.
 */
export function planComposite(cutOuts: CutOuts, options: CompositeOptions, index: number): CompositePlan {
  const { seed, shots, sameCutOut = usual.sameCutOut } = options;
  const draws = new Draws(fold(streamKey(seed, 'composite'), index));
  const classId = draws.below(cutOuts.classes.length);
  const ofClass = cutOuts.classes[classId];
  if (ofClass === undefined) throw new RangeError('there are no classes to draw from');
  const order = shuffled(ofClass.cutOuts, draws, Math.min(shots + 1, ofClass.cutOuts.length));
  const chosen = Array.from({ length: shots + 1 }, (_, place) => {
    const same = draws.chance(sameCutOut);
    return order[same ? 0 : place % order.length] ?? pick(order, draws);
  });
  const ofQuery = drawBackground(draws, options);
  const pictures = chosen.map((cutOut, place) => {
    const own = drawBackground(draws, options);
    const shared = place > 0 && draws.chance(chances.sameBackground);
    const background =
      place === 0
        ? ofQuery
        : shared && own.kind === 'photograph' && ofQuery.kind === 'photograph'
          ? { ...own, file: ofQuery.file }
          : own;
    return drawPicture(draws, cutOuts, ofClass, cutOut, background, options);
  });
  const [query = { image: '', mask: '' }, ...supports] = chosen.map(asSample);
  return { index, classId, className: ofClass.name, query, supports, pictures };
}

/** Where a cut-out's alpha is its mask, its file stands for both. */
function asSample(cutOut: CutOut): Sample {
  return { ...cutOut, mask: cutOut.mask ?? cutOut.image };
}

function drawBackground(draws: Draws, { backgrounds }: CompositeOptions): Background {
  const generated = draws.chance(chances.generated);
  const seed = draws.below(2 ** 31);
  if (backgrounds === undefined || generated) return { kind: 'generated', seed };
  return {
    kind: 'photograph',
    file: pick(backgrounds, draws),
    zoom: logBetween(draws, ranges.zoom),
    x: draws.unit(),
    y: draws.unit(),
    mirrored: draws.chance(0.5),
  };
}

function drawPicture(
  draws: Draws,
  cutOuts: CutOuts,
  ofClass: CutOutClass,
  cutOut: CutOut,
  background: Background,
  options: CompositeOptions,
): CompositePicture {
  const { scales = usual.scales, distractors = usual.distractors } = options;
  const first = drawLayer(draws, cutOut, true, logBetween(draws, scales));
  const objects = [first];
  if (draws.chance(chances.severalObjects)) {
    const more = 1 + draws.below(2);
    for (let each = 0; each < more; each += 1) {
      const scale = Math.min(scales[1], Math.max(scales[0], first.scale * draws.between(0.5, 1.3)));
      objects.push(drawLayer(draws, pick(ofClass.cutOuts, draws), true, scale));
    }
  }
  const others = cutOuts.classes.length > 1 ? draws.below(distractors + 1) : 0;
  const [behind, inFront]: [Layer[], Layer[]] = [[], []];
  for (let each = 0; each < others; each += 1) {
    const other = drawOther(draws, cutOuts, ofClass);
    const layer = drawLayer(draws, pick(other.cutOuts, draws), false, logBetween(draws, scales));
    (draws.chance(chances.inFront) ? inFront : behind).push(layer);
  }
  return {
    background,
    layers: [...behind, ...objects, ...inFront],
    colours: drawColours(draws, ranges.picture),
    grain: draws.chance(chances.grain) ? draws.between(...ranges.grain) : 0,
    seed: draws.below(2 ** 31),
  };
}

/** A class that is not the asked one, each equally likely. */
function drawOther(draws: Draws, { classes }: CutOuts, ofClass: CutOutClass): CutOutClass {
  const other = classes[draws.below(classes.length - 1)];
  // The last class takes the place of the asked one.
  return (other === ofClass ? classes.at(-1) : other) ?? ofClass;
}

function drawLayer(draws: Draws, cutOut: CutOut, asked: boolean, scale: number): Layer {
  const cutOff = draws.chance(chances.cutOff);
  // An object as a whole lies within the picture; one that is cut off, or in the way of others, has its centre within.
  const margin = cutOff || !asked ? 0 : Math.min(0.5, scale / 2);
  const place = (): number => draws.between(margin, 1 - margin);
  const [x, y] = [place(), place()];
  const shadow = draws.chance(chances.shadow);
  const [side, below, strength] = [draws.between(-0.15, 0.15), draws.between(0, 0.15), draws.between(...ranges.shadow)];
  return {
    cutOut,
    asked,
    x,
    y,
    scale,
    stretch: logBetween(draws, ranges.stretch),
    angle: draws.chance(chances.anyAngle) ? draws.between(-Math.PI, Math.PI) : draws.between(...ranges.angle),
    mirrored: draws.chance(0.5),
    colours: drawColours(draws, ranges.object),
    ...(shadow && { shadow: { x: side * scale, y: below * scale, strength } }),
  };
}

function drawColours(draws: Draws, of: { readonly [Part in keyof Colouring]: readonly [number, number] }): Colouring {
  return {
    brightness: draws.between(...of.brightness),
    contrast: draws.between(...of.contrast),
    saturation: draws.between(...of.saturation),
    hue: draws.between(...of.hue),
  };
}

function logBetween(draws: Draws, [least, most]: readonly [number, number]): number {
  return Math.exp(draws.between(Math.log(least), Math.log(most)));
}
