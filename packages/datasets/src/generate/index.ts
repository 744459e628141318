export {
  classCounts,
  figureClasses,
  type ClassSet,
  type ClassTexture,
  type FigureClass,
  type Limb,
  type Segment,
} from './classes.ts';
export { Draws } from './draws.ts';
export { looksGenerated, pictureTraits, type PictureTraits } from './looks-generated.ts';
export { isOfClass, partLabel, partOf } from './labels.ts';
export { renderScene, type Scene, type SceneOptions } from './scene.ts';
export { textureNames, type TextureName } from './textures.ts';
