import type { Part } from './figure.ts';
import { outlines } from './outlines.ts';
import { textures } from './textures.ts';

/** A picture that is being painted: linear colours, and the label of the part seen at each pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel, 0…1. */
  readonly colours: Float32Array;
  readonly labels: Uint16Array;
}

export function blankCanvas(width: number, height: number): Canvas {
  return { width, height, colours: new Float32Array(3 * width * height), labels: new Uint16Array(width * height) };
}

/**
 * Paints a part over the picture. A pixel's coverage follows from its centre's distance to the outline, from ½ inside
 * to ½ outside, which is the covered area at a straight edge. The pixel gets the part's label if at least half of it is
 * covered.
 */
export function paintPart({ width, height, colours, labels }: Canvas, part: Part, light: number): void {
  const { rx, ry, bend, period, label } = part;
  const distance = outlines[part.outline];
  const texture = textures[part.texture];
  const cos = Math.cos(part.angle);
  const sin = Math.sin(part.angle);
  const textureCos = Math.cos(part.textureAngle) / period;
  const textureSin = Math.sin(part.textureAngle) / period;
  const soft = 1 / period;
  const lightCos = Math.cos(light - part.angle);
  const lightSin = Math.sin(light - part.angle);
  const bow = (bend * rx) / (ry * ry);
  const [[red0, green0, blue0], [red1, green1, blue1]] = part.colours;
  const reach = Math.sqrt(ry * ry + (rx * (1 + Math.abs(bend))) ** 2) + 1;
  const top = Math.max(0, Math.floor(part.y - reach));
  const bottom = Math.min(height - 1, Math.ceil(part.y + reach));
  const left = Math.max(0, Math.floor(part.x - reach));
  const right = Math.min(width - 1, Math.ceil(part.x + reach));
  for (let row = top; row <= bottom; row += 1) {
    const dy = row + 0.5 - part.y;
    for (let column = left; column <= right; column += 1) {
      const dx = column + 0.5 - part.x;
      const y = cos * dy - sin * dx;
      const x = cos * dx + sin * dy + bow * y * y;
      const d = distance(x, y, rx, ry);
      if (d >= 0.5) continue;
      const coverage = d <= -0.5 ? 1 : 0.5 - d;
      const u = textureCos * x + textureSin * y + part.textureX;
      const v = textureCos * y - textureSin * x + part.textureY;
      const t = texture(u, v, soft);
      // The part looks round: brighter towards the light, with a darker rim.
      const shade = (1 + 0.22 * ((x / rx) * lightCos + (y / ry) * lightSin)) * (d > -1.5 ? 0.75 : 1) * coverage;
      const pixel = row * width + column;
      const under = 1 - coverage;
      colours[3 * pixel] = under * (colours[3 * pixel] ?? 0) + shade * (red0 + t * (red1 - red0));
      colours[3 * pixel + 1] = under * (colours[3 * pixel + 1] ?? 0) + shade * (green0 + t * (green1 - green0));
      colours[3 * pixel + 2] = under * (colours[3 * pixel + 2] ?? 0) + shade * (blue0 + t * (blue1 - blue0));
      if (coverage >= 0.5) labels[pixel] = label;
    }
  }
}
