import { describe, expect, it } from 'vitest';
import { classCounts, figureClasses, partLabel, partOf, textureNames } from '../src/index.ts';

describe('the generated classes', () => {
  const classes = figureClasses();

  it('are at least 60, in three disjoint sets', () => {
    const names = (set: string) => classes.filter((cls) => cls.set === set).map(({ name }) => name);
    const sets = [names('backbone'), names('episodes'), names('held-out')];
    expect(sets.map((set) => set.length)).toEqual([
      classCounts.backbone,
      classCounts.episodes,
      classCounts['held-out'],
    ]);
    expect(classes.length).toBeGreaterThanOrEqual(60);
    expect(new Set(sets.flat()).size).toBe(classes.length);
  });

  it('differ in what they wear: a class is no other class under another name', () => {
    const worn = classes.map(({ textures }) =>
      textures
        .map(({ name }) => name)
        .toSorted()
        .join(' '),
    );
    expect(new Set(worn).size).toBe(classes.length);
    expect(classes.map(({ id }) => id)).toEqual(classes.map((_, i) => i));
  });

  it('share every texture with classes of the other sets', () => {
    for (const texture of textureNames) {
      const sets = new Set(
        classes.filter(({ textures }) => textures.some(({ name }) => name === texture)).map(({ set }) => set),
      );
      expect(sets).toEqual(new Set(['backbone', 'episodes', 'held-out']));
    }
  });

  it('are the same every time', () => {
    expect(figureClasses()).toEqual(classes);
  });
});

describe('labels', () => {
  it('tell class and texture, clutter and background', () => {
    for (const classId of [undefined, 0, 7, 119]) {
      for (const texture of textureNames) expect(partOf(partLabel(classId, texture))).toEqual({ classId, texture });
    }
    expect(partOf(0)).toBeUndefined();
  });
});
