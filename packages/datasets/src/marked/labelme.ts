import { FormatError } from '@hypercorr/tensor';
import type { Outline } from '../coco/drawn-mask.ts';
import { isObject, shown } from '../files/text.ts';
import type { Size } from '../image/image.ts';

/** An object as LabelMe's program describes it. */
export interface LabelMeShape {
  readonly label: string;
  readonly outline: Outline;
}

/** A file of LabelMe's program: one photograph, and what somebody outlined in it. */
export interface LabelMeFile extends Size {
  /** The photograph's name, as it was when somebody outlined it. */
  readonly image: string;
  readonly shapes: readonly LabelMeShape[];
}

/** Circles become polygons of so many corners. */
const circleCorners = 64;

/** Whether a JSON looks like one of LabelMe's. */
export function isLabelMe(json: unknown): boolean {
  return isObject(json) && Array.isArray(json['shapes']);
}

/**
 * Reads a file of LabelMe's program: polygons, rectangles and circles. Points and lines outline nothing and are left out.
 *
 * @param file named in errors
 * @throws FormatError for a size, label or corner that is missing or no number, and for a kind of shape that is not known
 */
export function parseLabelMe(json: unknown, file: string): LabelMeFile {
  const refuse = (what: string): never => {
    throw new FormatError('labelme', `${file}: ${what}`);
  };
  if (!isObject(json) || !Array.isArray(json['shapes'])) return refuse('it has no list of shapes');
  const whole = (name: string): number => {
    const value = json[name];
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : refuse(`${name} is ${shown(value)}, and should be a whole number of pixels`);
  };
  const image = json['imagePath'];
  if (typeof image !== 'string') return refuse(`imagePath is ${shown(image)}, and should be the photograph's name`);
  const shapes = json['shapes'].flatMap((shape: unknown, i): LabelMeShape[] => {
    if (!isObject(shape) || typeof shape['label'] !== 'string') return refuse(`shape ${i + 1} has no label`);
    const kind = shape['shape_type'] ?? 'polygon';
    const corners = pointsOf(shape['points']) ?? refuse(`shape ${i + 1} has corners that are no pairs of numbers`);
    const polygon = ringOf(kind, corners);
    if (polygon === undefined) return refuse(`shape ${i + 1} is a ${shown(kind)}; draw it as a polygon`);
    return polygon.length < 6 ? [] : [{ label: shape['label'].normalize('NFC'), outline: { polygons: [polygon] } }];
  });
  return { image, width: whole('imageWidth'), height: whole('imageHeight'), shapes };
}

type Point = readonly [x: number, y: number];

function pointsOf(points: unknown): readonly Point[] | undefined {
  if (!Array.isArray(points)) return undefined;
  const pairs = points.map((point: unknown): Point | undefined => {
    const [x, y]: readonly unknown[] = Array.isArray(point) ? point : [];
    return typeof x === 'number' && typeof y === 'number' && Number.isFinite(x) && Number.isFinite(y)
      ? [x, y]
      : undefined;
  });
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

/** @returns x, y, x, y, …; empty for what outlines nothing; undefined for an unknown kind of shape */
function ringOf(kind: unknown, corners: readonly Point[]): number[] | undefined {
  const [[left, top] = [0, 0], [right, bottom] = [0, 0]] = corners;
  switch (kind) {
    case 'polygon':
      return corners.flat();
    case 'rectangle':
      return corners.length < 2 ? [] : [left, top, right, top, right, bottom, left, bottom];
    case 'circle': {
      // The centre, and a place on the circle.
      const radius = Math.hypot(right - left, bottom - top);
      return corners.length < 2
        ? []
        : Array.from({ length: circleCorners }, (_, i) => (2 * Math.PI * i) / circleCorners).flatMap((angle) => [
            left + radius * Math.cos(angle),
            top + radius * Math.sin(angle),
          ]);
    }
    case 'point':
    case 'points':
    case 'line':
    case 'linestrip':
      return [];
    default:
      return undefined;
  }
}
