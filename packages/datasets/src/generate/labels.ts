import { textureNames, type TextureName } from './textures.ts';

/** Labels for each class: one for each texture, with 0 free for the background. */
const labelsPerClass = 16;

/** The label of a figure's part, by its class and its texture. Clutter has no class. */
export function partLabel(classId: number | undefined, texture: TextureName): number {
  return labelsPerClass * (classId === undefined ? 0 : 1 + classId) + 1 + textureNames.indexOf(texture);
}

/** The class and the texture of a label; undefined for the background. */
export function partOf(
  label: number,
): { readonly classId: number | undefined; readonly texture: TextureName } | undefined {
  const texture = textureNames[(label % labelsPerClass) - 1];
  if (texture === undefined) return undefined;
  return { classId: label < labelsPerClass ? undefined : Math.floor(label / labelsPerClass) - 1, texture };
}

/** Whether a label belongs to one of the class's parts. */
export function isOfClass(label: number, classId: number): boolean {
  return Math.floor(label / labelsPerClass) === 1 + classId;
}
