import { checkOptions } from '@hypercorr/tensor/op';
import type { Foreground } from '@hypercorr/datasets';
import {
  outlinedPicture,
  readImage,
  readMarkedPicture,
  readMask,
  readReduced,
  readSample,
  type MarkedPicture,
} from '@hypercorr/datasets/node';
import { FormatError } from '@hypercorr/tensor';
import { modelNames, onEngine, PixelSegmenter, SegmenterError, type SegmenterEngine } from '../segmenter/segmenter.ts';
import type { Example, ImageLike, MaskLike, ReadExample } from '../segmenter/pixels.ts';
import type { RememberOptions, SegmentOptions, SegmentedImage } from '../segmenter/segment-options.ts';
import type { Taught, TeachOptions } from '../teaching/teach.ts';
import { openModel, type ModelFiles } from './open-model.ts';
import { photoWeights } from './photo-weights.ts';
import { noteOf, type TaughtNote } from '../teaching/taught-note.ts';
import { writeTaughtWeights } from './taught-weights.ts';

/** The files of a model. Without weights, `photoWeights`. */
export interface SegmenterFiles extends SegmenterEngine, Omit<ModelFiles, 'weights'> {
  /** A checkpoint: the whole model, or the learner alone. */
  readonly weights?: string | undefined;
}

const loadNames = {
  ...modelNames,
  weights: true,
  backboneWeights: true,
  usualBackbones: true,
  engine: true,
  backend: true,
};

/** An image and its mask, by file names or as pixels. */
export interface FileExample {
  /** A JPEG, PNG or WebP, turned as its EXIF orientation says. */
  readonly image: string | ImageLike;
  /**
   * A PNG of the image's size, or a JSON with outlines: LabelMe's, or COCO's annotations. Without a mask the image's own alpha
   * says what is the object.
   */
  readonly mask?: string | MaskLike | undefined;
  /** Which outlines of a JSON are the object; it may be left out if all have the same label. */
  readonly label?: string | undefined;
  /** Which of the mask file's values are the object; `'auto'` when absent. */
  readonly foreground?: Foreground | undefined;
  /** Whether the mask was drawn over the stored pixels, before EXIF turns the image; false when absent. */
  readonly overStored?: boolean | undefined;
  /** What errors call it; the mask's file name when absent. */
  readonly name?: string | undefined;
}

/** As in the page's `Segmenter`; pictures by file names, too. */
export interface FileTeachOptions extends TeachOptions, Pick<RememberOptions, 'onDoubt'> {
  readonly absent?: readonly (string | ImageLike)[] | undefined;
}

/**
 * Finds in images what was marked in others, by file names.
 *
 * @example
 * await using segmenter = await Segmenter.load();
 * await segmenter.remember('cat', [{ image: 'cat.jpg', mask: 'cat.png' }]);
 * const { mask } = await segmenter.segment('other.jpg');
 */
export class Segmenter extends PixelSegmenter {
  #weights: string | undefined;
  #note: TaughtNote | undefined;

  /**
   * Loads a trained model from files; the one that comes with this package when no weights are named.
   *
   * @throws OptionError for an option that does not exist; as `openModel`; BackendError where the backend cannot run
   */
  static async load(files: SegmenterFiles = {}): Promise<Segmenter> {
    checkOptions('Segmenter.load', files, loadNames);
    const { weights = photoWeights } = files;
    return onEngine(files, async (engine, owns) => {
      const { model, description, presence } = await openModel({ ...files, weights }, { engine });
      const source = [weights, files.backboneWeights ?? []].flat().join(', ');
      const segmenter = new Segmenter(model, { size: description.size, source, presence, owns: ['model', ...owns] });
      segmenter.#weights = weights;
      return segmenter;
    });
  }

  /** As in the page's `Segmenter`, and FormatError as a fault for a file that cannot be read. */
  override async remember(
    name: string,
    supports: readonly FileExample[],
    options: RememberOptions = {},
  ): Promise<void> {
    return this.rememberRead(
      name,
      supports.map((support) => () => readExample(support)),
      options,
    );
  }

  /** As in the page's `Segmenter`, and FormatError as a fault for a file that cannot be read. */
  override async teach(examples: readonly FileExample[], options: FileTeachOptions = {}): Promise<Taught> {
    const { absent = [], ...how } = options;
    const images = await Promise.all(absent.map((image) => (typeof image === 'string' ? readImage(image) : image)));
    const taught = await this.teachRead(
      examples.map((example) => () => readExample(example)),
      { ...how, absent: images },
    );
    this.#note = noteOf(taught, { pictures: examples.length, without: absent.length }) ?? this.#note;
    return taught;
  }

  /**
   * Writes the model's learner, as `teach` left it, as a file of weights.
   *
   * @throws SegmenterError for a segmenter that was not loaded from a file; otherwise as `writeTaughtWeights`
   */
  async save(path: string): Promise<void> {
    if (this.#weights === undefined)
      throw new SegmenterError('save', 'the model comes from no file; write its state with writeSafetensors');
    await writeTaughtWeights(this.#weights, path, { model: this.model, note: this.#note });
  }

  /** As in the page's `Segmenter`, and FormatError for a file that is no image or cannot be read. */
  override async segment(image: string | ImageLike, options: SegmentOptions = {}): Promise<SegmentedImage> {
    if (typeof image !== 'string') return super.segment(image, options);
    const read = await readReduced(image);
    return super.segment(read.image, { name: image, size: read.size, ...options });
  }
}

/** @throws FormatError for a file that cannot be read, a mask of another size, and a mask that marks nothing */
async function readExample(example: FileExample): Promise<Example | ReadExample> {
  const { image, mask, foreground } = example;
  const name = example.name ?? [mask, image].find((each) => typeof each === 'string');
  if (mask !== undefined && typeof mask !== 'string')
    return { image: typeof image === 'string' ? await readImage(image) : image, mask, name };
  const read =
    typeof image === 'string'
      ? await readMarkedFiles({ ...example, image, mask })
      : await readMarked(image, mask, foreground);
  if (!read.mask.data.includes(1))
    throw new FormatError('mask', `${name ?? 'the mask'} is empty: it marks no pixel as the object`);
  return { image: read.image, mask: read.mask, doubt: read.doubt, name };
}

type Read = Pick<ReadExample, 'image' | 'mask' | 'doubt'>;

/** An example by file names alone. */
export interface MarkedFiles extends Omit<FileExample, 'image' | 'mask'> {
  readonly image: string;
  readonly mask?: string | undefined;
}

/**
 * Reads an image and the mask, outlines or alpha that mark the object in it.
 *
 * @throws FormatError for a file that cannot be read, and a mask of another size
 */
export async function readMarkedFiles({
  image,
  mask,
  foreground,
  overStored,
  label,
}: MarkedFiles): Promise<Omit<MarkedPicture, 'name'>> {
  if (mask === undefined) return readMarkedPicture({ image });
  if (mask.toLowerCase().endsWith('.json'))
    return readMarkedPicture(await outlinedPicture(image, mask, label), { overStored });
  const how = {
    ...(foreground === undefined ? {} : { foreground }),
    ...(overStored === undefined ? {} : { overStored }),
  };
  const { doubt, ...read } = await readSample({ image, mask, ...how }, undefined, { reduce: true });
  return { ...read, doubt };
}

/** A mask file of pixels in memory. */
async function readMarked(
  image: ImageLike,
  path: string | undefined,
  foreground: Foreground | undefined,
): Promise<Read> {
  if (path === undefined)
    throw new FormatError('mask', 'an image in memory needs a mask: the pixels of one, or the name of its file');
  const { mask, doubt } = await readMask(path, foreground);
  return { image, mask, doubt };
}
