import { fold, key } from '@hypercorr/tensor';
import { Draws } from './draws.ts';
import { bodyOutlines, headOutlines, limbOutlines, type OutlineName } from './outlines.ts';
import { textureNames, type TextureName } from './textures.ts';

/** The purpose of a class. Each set trains or tests something else. */
export type ClassSet = 'backbone' | 'episodes' | 'held-out';

/** How many classes each set has. */
export const classCounts = { backbone: 60, episodes: 60, 'held-out': 20 } as const satisfies Record<ClassSet, number>;

/** A class's texture: the pattern, its period in units of the object's radius, and its turn on the part. */
export interface ClassTexture {
  readonly name: TextureName;
  readonly period: number;
  readonly angle: number;
}

/** A chain of parts that grows out of the body. Each segment is joined to the one before. */
export interface Limb {
  /** The place on the body's outline, as an angle from its right side. */
  readonly at: number;
  /** How the copies are placed: alone, mirrored to the other side, or `copies` times around. */
  readonly symmetry: 'single' | 'mirrored' | 'radial';
  readonly copies: number;
  /** How far the joints turn either way, in radians. */
  readonly play: number;
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly outline: OutlineName;
  readonly halfWidth: number;
  readonly halfLength: number;
  /** The number of the class's texture that it has. */
  readonly texture: number;
}

/** A class of articulated figures: what stays the same in all its pictures. Colours differ from picture to picture. */
export interface FigureClass {
  readonly id: number;
  readonly name: string;
  readonly set: ClassSet;
  readonly body: Segment;
  readonly limbs: readonly Limb[];
  /** A spot of another texture on the body; undefined if it has none. */
  readonly spot: Segment | undefined;
  readonly textures: readonly ClassTexture[];
}

const texturesPerClass = 4;

/** The seed of the classes. It is fixed, so a held-out class of one dataset is never a training class of another. */
const classSeed = 20_211_021;

/** All classes, `backbone` first. No two have the same set of textures. */
export function figureClasses(): readonly FigureClass[] {
  const sets = (Object.entries(classCounts) as [ClassSet, number][]).flatMap(([set, count]) =>
    Array.from({ length: count }, () => set),
  );
  const taken = new Set<string>();
  const names = new Set<string>();
  return sets.map((set, id) => {
    const draws = new Draws(fold(key(classSeed), id));
    return {
      id,
      name: unused(names, () => drawName(draws)),
      set,
      ...drawFigure(draws, drawTextureNames(draws, taken)),
    };
  });
}

function unused(taken: Set<string>, draw: () => string): string {
  for (;;) {
    const drawn = draw();
    if (!taken.has(drawn)) {
      taken.add(drawn);
      return drawn;
    }
  }
}

function drawTextureNames(draws: Draws, taken: Set<string>): readonly TextureName[] {
  const names: TextureName[] = [];
  unused(taken, () => {
    names.length = 0;
    while (names.length < texturesPerClass) {
      const name = draws.pick(textureNames);
      if (!names.includes(name)) names.push(name);
    }
    return names.toSorted().join(' ');
  });
  return names;
}

function drawName(draws: Draws): string {
  const consonants = [...'bdfgklmnprstvz'] as [string, ...string[]];
  const vowels = [...'aeiou'] as [string, ...string[]];
  const syllable = (): string => draws.pick(consonants) + draws.pick(vowels);
  return syllable() + syllable() + draws.pick(['n', 'r', 's', 'k', '']);
}

function drawFigure(
  draws: Draws,
  names: readonly TextureName[],
): Pick<FigureClass, 'body' | 'limbs' | 'spot' | 'textures'> {
  const textures = names.map((name) => ({
    name,
    period: draws.between(0.17, 0.23),
    angle: draws.pick([0, 0.25, 0.5, 0.75]) * Math.PI,
  }));
  const slender = draws.between(0.6, 1);
  const body: Segment = {
    outline: draws.pick(bodyOutlines),
    halfWidth: 0.44 * (draws.chance(0.7) ? slender : 1),
    halfLength: 0.44,
    texture: 0,
  };
  const limbs = [drawLimb(draws, 1), drawLimb(draws, 2), drawHead(draws, 3)];
  const spot: Segment | undefined = draws.chance(0.4)
    ? {
        outline: draws.pick(headOutlines),
        halfWidth: 0.22,
        halfLength: 0.22,
        texture: 1 + draws.below(texturesPerClass - 1),
      }
    : undefined;
  return { body, limbs, spot, textures };
}

/** Mirrored limbs are twice as likely: most figures are two-sided. */
const limbSymmetries = ['mirrored', 'mirrored', 'radial', 'single'] as const;

function drawLimb(draws: Draws, texture: number): Limb {
  const symmetry = draws.pick(limbSymmetries);
  const copies = symmetry === 'radial' ? 3 + draws.below(2) : symmetry === 'mirrored' ? 2 : 1;
  const halfWidth = draws.between(0.21, 0.33);
  const halfLength = draws.between(0.24, 0.38);
  const first: Segment = { outline: draws.pick(limbOutlines), halfWidth, halfLength, texture };
  const second: Segment = {
    outline: draws.pick(limbOutlines),
    halfWidth: 0.9 * halfWidth,
    halfLength: 0.8 * halfLength,
    texture: draws.below(texturesPerClass),
  };
  return {
    at: symmetry === 'mirrored' ? draws.between(-0.45, 0.45) * Math.PI : draws.unit() * 2 * Math.PI,
    symmetry,
    copies,
    play: draws.between(0.2, 0.6),
    segments: draws.chance(0.25) ? [first, second] : [first],
  };
}

function drawHead(draws: Draws, texture: number): Limb {
  const size = draws.between(0.3, 0.4);
  const head: Segment = {
    outline: draws.pick(headOutlines),
    halfWidth: size * draws.between(0.7, 1.1),
    halfLength: size,
    texture,
  };
  return { at: 0.5 * Math.PI, symmetry: 'single', copies: 1, play: 0.4, segments: [head] };
}
