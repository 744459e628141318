/** How colours are changed. */
export interface Colouring {
  /** Factors; 1 changes nothing. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** How far hues turn, in radians; 0 changes nothing. */
  readonly hue: number;
}

/** Three rows of four numbers: what red, green, blue and 1 add to red, to green and to blue. */
export type ColourMatrix = readonly number[];

/** Weights of red, green and blue in the brightness of a colour (ITU-R BT.601). */
const grey = [0.299, 0.587, 0.114] as const;

/**
 * The matrix of a change of colours, for values between 0 and 255:
 *
 *     x = brightness · (contrast · (x − 128) + 128),   then saturation and hue around the grey of the pixel
 *
 * The hue turns in the plane of equal sums of red, green and blue (Haeberli, *Matrix operations for image processing*,
 * 1993).
 */
export function colourMatrix({ brightness, contrast, saturation, hue }: Colouring): ColourMatrix {
  const gain = brightness * contrast;
  const offset = 128 * brightness * (1 - contrast);
  // A turn around the axis (1, 1, 1).
  const [cos, third, root] = [Math.cos(hue), (1 - Math.cos(hue)) / 3, Math.sin(hue) / Math.sqrt(3)];
  const turn = [
    [cos + third, third - root, third + root],
    [third + root, cos + third, third - root],
    [third - root, third + root, cos + third],
  ];
  return turn.flatMap((row) => {
    const sum = row.reduce((total, part) => total + part, 0);
    const linear = row.map((part, i) => gain * (saturation * part + (1 - saturation) * sum * (grey[i] ?? 0)));
    return [...linear, offset * sum];
  });
}

/** The matrix that applies `first`, then `second`. */
export function afterwards(first: ColourMatrix, second: ColourMatrix): ColourMatrix {
  const at = (matrix: ColourMatrix, row: number, column: number): number => matrix[4 * row + column] ?? 0;
  return Array.from({ length: 12 }, (_, i) => {
    const [row, column] = [Math.floor(i / 4), i % 4];
    const through = [0, 1, 2].reduce((sum, k) => sum + at(second, row, k) * at(first, k, column), 0);
    return column === 3 ? through + at(second, row, 3) : through;
  });
}
