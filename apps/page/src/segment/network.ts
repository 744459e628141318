import { resizeBilinear as resizeImage, resizeNearest, type Mask, type RgbImage } from '@hypercorr/datasets';
import { HSNet, identifyModel, kernelNames, loadCheckpoint, type HSNetOptions } from '@hypercorr/hsnet';
import { parseWeights, type StoredState } from '@hypercorr/nn';
import { FormatError, ShapeError, resizeBilinear, scope, type Engine } from '@hypercorr/tensor';
import { backboneNames, imageBatch, maskBatch, type FeatureMap } from '@hypercorr/vision';

/** A picture with a mask of an object in it, and a picture to look for the same kind of object in. */
export interface Episode {
  readonly support: RgbImage;
  /** 1 on the object, of the support's size. */
  readonly mask: Mask;
  readonly query: RgbImage;
}

/** A trained HSNet, and the size that it sees pictures at. */
export interface Network {
  readonly model: HSNet;
  /** Width and height, in pixels. */
  readonly size: number;
  readonly engine: Engine;
}

type Description = Required<Pick<HSNetOptions, 'backbone' | 'kernel' | 'supportMasking'>> & Pick<Network, 'size'>;

/** What published checkpoints, which do not describe themselves, were trained at. */
const publishedSize = 400;

/**
 * Makes a network from a checkpoint's bytes: one of `hypercorr`'s, or one of the published ones.
 *
 * @param source what errors call the bytes: a file's name
 * @throws FormatError, ShapeError for bytes that do not hold an HSNet with its backbone
 */
export function loadNetwork(bytes: Uint8Array, source: string, engine: Engine): Network {
  const file = parseWeights(bytes, { source });
  const { size, ...options } = describeNetwork(file, source);
  const model = new HSNet({ ...options, key: null, engine });
  try {
    scope(() => {
      const names = file.names.filter((name) => !name.startsWith('optimizer.'));
      const state = Object.fromEntries(names.map((name) => [name, file.tensor(name, { engine, float64: 'round' })]));
      if (loadCheckpoint(model, state).holds === 'learner') {
        throw new FormatError('weights', `${source} holds the learner alone; a page needs the backbone's weights too`);
      }
    });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model: model.eval(), size, engine };
}

/** What a checkpoint says of its model, or its tensors' names and shapes do. */
function describeNetwork({ metadata, entries }: StoredState, source: string): Description {
  const text = metadata['hypercorr'];
  if (text !== undefined) {
    const description = describedModel(text);
    if (description === undefined)
      throw new FormatError('weights', `${source} describes itself in a way that this page does not understand`);
    return description;
  }
  const identity = identifyModel(entries, { source });
  if (identity === undefined) throw new FormatError('weights', `${source} holds no HSNet that is known here`);
  return { ...identity, supportMasking: true, size: publishedSize };
}

function describedModel(text: string): Description | undefined {
  let about: unknown;
  try {
    about = JSON.parse(text);
  } catch {
    return undefined;
  }
  const model = field(about, 'model');
  const backbone = backboneNames.find((name) => name === field(model, 'backbone'));
  const kernel = kernelNames.find((name) => name === field(model, 'kernel'));
  const supportMasking = field(model, 'supportMasking');
  const size = field(model, 'size');
  if (backbone === undefined || kernel === undefined || typeof supportMasking !== 'boolean' || typeof size !== 'number')
    return undefined;
  return { backbone, kernel, supportMasking, size };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/**
 * Looks for the support's object in the query. Pictures are resized to the network's size, and what it finds back to the
 * query's own, so that edges follow the query's pixels.
 *
 * @returns logits of background and foreground, [1, 2, H, W] of the query's size, for the caller to free
 * @throws ShapeError for a mask that marks nothing at the network's size, or is of another size than its picture
 */
export function segment({ model, size, engine }: Network, { support, mask, query }: Episode): FeatureMap {
  if (mask.width !== support.width || mask.height !== support.height) {
    const sizes = `the picture is ${support.width}×${support.height}, the mask ${mask.width}×${mask.height}`;
    throw new ShapeError('segment', `${sizes}; give a mask of the picture's size`);
  }
  const plane = { width: size, height: size };
  const seenMask = resizeNearest(mask, plane);
  if (!seenMask.data.includes(1))
    throw new ShapeError(
      'segment',
      `the mask marks no pixel at ${size}×${size}, as the network sees it; mark more of the object`,
    );
  return scope(() => {
    const image = (picture: RgbImage) => imageBatch([resizeImage(picture, plane)], { engine });
    const logits = model.forward(image(query), image(support), maskBatch([seenMask], { engine }));
    return resizeBilinear(logits, [query.height, query.width], { alignCorners: true });
  });
}
