import { describe, expect, it } from 'vitest';
import { figureClasses, isOfClass, partOf, renderScene, type FigureClass, type Scene } from '../src/index.ts';

const classes = figureClasses();
const size = 64;

function classOf(set: FigureClass['set'], number: number): FigureClass {
  const cls = classes.filter((each) => each.set === set)[number];
  if (cls === undefined) throw new Error(`there is no class ${number} in ${set}`);
  return cls;
}

/** One picture of every class. */
const scenes = classes.map((cls): readonly [FigureClass, Scene] => [
  cls,
  renderScene(classes, cls, cls.id, { seed: 5, size }),
]);

describe('renderScene', () => {
  it('draws the same pixels for the same arguments, and others for others', () => {
    const cls = classOf('episodes', 3);
    const draw = (index: number, seed: number) => renderScene(classes, cls, index, { seed, size });
    const scene = draw(2, 5);
    const same = ({ pixels, mask, labels }: Scene) => [
      Buffer.compare(pixels, scene.pixels) === 0,
      Buffer.compare(mask, scene.mask) === 0,
      labels.every((label, i) => label === scene.labels[i]),
    ];
    expect(same(draw(2, 5))).toEqual([true, true, true]);
    expect(same(draw(3, 5))).toEqual([false, false, false]);
    expect(same(draw(2, 6))).toEqual([false, false, false]);
  });

  it('masks just the pixels that show the class', () => {
    for (const [cls, { mask, labels }] of scenes) {
      const wrong = mask.filter((inside, i) => inside !== (isOfClass(labels[i] ?? 0, cls.id) ? 1 : 0));
      expect(wrong).toHaveLength(0);
      expect(mask.includes(1)).toBe(true);
    }
  });

  it('shows the figure where the mask is: there its picture differs from one without it', () => {
    // A figure has textures of strong contrast. Inside the mask brightness varies more than on the plain background.
    const shares = scenes.map(([, scene]) => edgeShare(scene, 1) / edgeShare(scene, 0));
    expect(median(shares)).toBeGreaterThan(1.5);
  });

  it('puts figures of other classes beside it, of the same set, and never a second one of its own', () => {
    const others = scenes.map(([cls, { labels }]) => {
      const seen = new Set([...labels].flatMap((label) => partOf(label)?.classId ?? []));
      expect(seen).toContain(cls.id);
      seen.delete(cls.id);
      for (const id of seen) expect(classes[id]?.set).toBe(cls.set);
      return seen.size;
    });
    expect(others.filter((count) => count > 0).length).toBeGreaterThan(0.9 * scenes.length);
  });

  it('keeps figures small: a tenth of the picture, more or less', () => {
    const shares = scenes.map(([, { mask }]) => mask.reduce((sum, inside) => sum + inside, 0) / mask.length);
    expect(mean(shares)).toBeGreaterThan(0.08);
    expect(mean(shares)).toBeLessThan(0.2);
    expect(Math.max(...shares)).toBeLessThan(0.45);
  });

  it('places figures anywhere: no pixel is in the mask of most pictures', () => {
    const counts = new Float64Array(size * size);
    for (const [, { mask }] of scenes) for (const [i, inside] of mask.entries()) counts[i] = (counts[i] ?? 0) + inside;
    expect(Math.max(...counts)).toBeLessThan(0.5 * scenes.length);
  });

  it('gives a class other colours in every picture', () => {
    const cls = classOf('held-out', 0);
    const hues = Array.from({ length: 12 }, (_, index) =>
      meanColour(renderScene(classes, cls, index, { seed: 5, size })),
    );
    for (const channel of [0, 1, 2]) {
      const values = hues.map((colour) => colour[channel] ?? 0);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(40);
    }
  });
});

/** How often green jumps from a pixel to its right neighbour, both of them in (1) or out of (0) the mask. */
function edgeShare({ width, mask, pixels }: Scene, inside: 0 | 1): number {
  let [edges, all] = [0, 0];
  for (let i = 0; i + 1 < mask.length; i += 1) {
    if ((i + 1) % width === 0 || mask[i] !== inside || mask[i + 1] !== inside) continue;
    all += 1;
    if (Math.abs((pixels[3 * i + 1] ?? 0) - (pixels[3 * i + 4] ?? 0)) > 25) edges += 1;
  }
  return edges / all;
}

function meanColour({ mask, pixels }: Scene): number[] {
  const inside = [...mask.keys()].filter((i) => mask[i] === 1);
  return [0, 1, 2].map((channel) => mean(inside.map((i) => pixels[3 * i + channel] ?? 0)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
