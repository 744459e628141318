import type { FigureClass, Limb, Segment } from './classes.ts';
import type { Draws } from './draws.ts';
import { partLabel } from './labels.ts';
import type { OutlineName } from './outlines.ts';
import type { TextureName } from './textures.ts';

/** Red, green, blue, 0…1 before lighting. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A textured outline at its place in a picture, in pixels. */
export interface Part {
  readonly outline: OutlineName;
  readonly x: number;
  readonly y: number;
  /** The turn of its y axis, in radians. */
  readonly angle: number;
  readonly rx: number;
  readonly ry: number;
  /** How far its ends bow sideways, as a share of its half width. */
  readonly bend: number;
  readonly texture: TextureName;
  /** One period of the texture in pixels. */
  readonly period: number;
  readonly textureAngle: number;
  /** Where the texture starts in its pattern, in periods. */
  readonly textureX: number;
  readonly textureY: number;
  readonly colours: readonly [Colour, Colour];
  /** Its label in the label map. */
  readonly label: number;
}

export interface Pose {
  readonly x: number;
  readonly y: number;
  /** The figure's reach from its centre, in pixels. */
  readonly radius: number;
  readonly angle: number;
  readonly mirrored: boolean;
}

interface Joint {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/**
 * Draws a figure of a class in a pose: its parts from back to front. Each figure has its own joints, texture phases,
 * periods and colours. `palette` has two colours for each of the class's textures.
 */
export function figure(
  draws: Draws,
  cls: FigureClass,
  pose: Pose,
  palette: readonly (readonly [Colour, Colour])[],
): Part[] {
  const unit = pose.radius / reach(cls);
  const growth = draws.between(0.85, 1.2);
  const place = (segment: Segment, joint: Joint): Part => {
    const x = pose.mirrored ? -joint.x : joint.x;
    const turn = pose.mirrored ? -joint.angle : joint.angle;
    const cos = Math.cos(pose.angle);
    const sin = Math.sin(pose.angle);
    const texture = cls.textures[segment.texture % cls.textures.length];
    const colours = palette[segment.texture % palette.length];
    if (texture === undefined || colours === undefined)
      throw new RangeError(`[figure] class ${cls.name} has no texture ${segment.texture}`);
    return {
      outline: segment.outline,
      x: pose.x + unit * (cos * x - sin * joint.y),
      y: pose.y + unit * (sin * x + cos * joint.y),
      angle: pose.angle + turn,
      rx: unit * segment.halfWidth,
      ry: unit * segment.halfLength,
      bend: draws.between(-0.5, 0.5),
      texture: texture.name,
      period: Math.max(4, unit * texture.period * growth),
      textureAngle: texture.angle + draws.between(-0.15, 0.15),
      textureX: draws.unit(),
      textureY: draws.unit(),
      colours,
      label: partLabel(cls.id, texture.name),
    };
  };
  const limbs = cls.limbs.flatMap((limb) => limbParts(draws, cls.body, limb, place));
  const body = place(cls.body, { x: 0, y: 0, angle: 0 });
  return [
    ...limbs,
    { ...body, bend: 0 },
    ...(cls.spot === undefined ? [] : [{ ...place(cls.spot, { x: 0, y: 0, angle: 0 }), bend: 0 }]),
  ];
}

function limbParts(draws: Draws, body: Segment, limb: Limb, place: (segment: Segment, joint: Joint) => Part): Part[] {
  return Array.from({ length: limb.copies }, (_, copy) => {
    const at =
      limb.symmetry === 'radial'
        ? limb.at + (2 * Math.PI * copy) / limb.copies
        : copy === 1
          ? Math.PI - limb.at
          : limb.at;
    let x = 0.8 * body.halfWidth * Math.cos(at);
    let y = 0.8 * body.halfLength * Math.sin(at);
    let direction = at;
    const chain = limb.segments.map((segment) => {
      direction += draws.between(-limb.play, limb.play);
      const joint: Joint = {
        x: x + 0.85 * segment.halfLength * Math.cos(direction),
        y: y + 0.85 * segment.halfLength * Math.sin(direction),
        angle: direction - 0.5 * Math.PI,
      };
      x += 1.75 * segment.halfLength * Math.cos(direction);
      y += 1.75 * segment.halfLength * Math.sin(direction);
      return place(segment, joint);
    });
    return chain.toReversed();
  }).flat();
}

/** How far the class reaches from its centre with stretched limbs, in its own units. */
export function reach(cls: FigureClass): number {
  const bodyReach = Math.max(cls.body.halfWidth, cls.body.halfLength);
  const limbReach = cls.limbs.map((limb) => {
    const root = 0.8 * Math.hypot(cls.body.halfWidth * Math.cos(limb.at), cls.body.halfLength * Math.sin(limb.at));
    return root + limb.segments.reduce((sum, segment) => sum + 1.75 * segment.halfLength, 0);
  });
  return Math.max(bodyReach, ...limbReach);
}
