import { resizeBilinear, type Mask, type Size } from '@hypercorr/datasets';
import { parseWeights } from '@hypercorr/nn';
import { Engine, FormatError, HypercorrError, interruptible, scope, type BackendFactory } from '@hypercorr/tensor';
import { checkOptions, listed } from '@hypercorr/tensor/op';
import { optimizerPrefix } from '@hypercorr/train';
import { MissingWeightsError, SupportsError } from '../errors.ts';
import type { HSNet } from '../hsnet.ts';
import { emptyModel, loadBackboneState, loadModelState } from '../load-model.ts';
import { describeModel, describeWeights, type AskedModel } from '../model-description.ts';
import type { PresenceCalibration } from '../presence/calibration.ts';
import { voteRules } from '../prediction.ts';
import type { PreparedSupports } from '../supports.ts';
import { itemTensors } from '@hypercorr/vision';
import { cleanMask } from '@hypercorr/vision/objects';
import { teach, type Taught } from '../teaching/teach.ts';
import { rgbOf, seeExample, type Example, type ImageLike, type ReadExample, type SeenExample } from './pixels.ts';
import type {
  RememberOptions,
  SegmenterTeachOptions,
  SegmentOptions,
  FoundClass,
  SegmentedImage,
} from './segment-options.ts';
import { segmentImage, type ClassProbability, type SegmentedClasses } from './segment-image.ts';

/** A call that cannot work: no class is remembered, or no class has this name. */
export class SegmenterError extends HypercorrError {
  override readonly name = 'SegmenterError';
}

/** What a segmenter computes on: an engine of the caller's, or a backend that the segmenter starts. */
export interface SegmenterEngine {
  /** An engine that the caller started, and disposes of. */
  readonly engine?: Engine | undefined;
  /** Starts an engine, which the segmenter disposes of; `wasm()` when absent. */
  readonly backend?: BackendFactory | undefined;
}

export interface SegmenterOptions extends SegmenterEngine, AskedModel {
  /** The bytes of a checkpoint: safetensors or PyTorch. */
  readonly weights: Uint8Array;
  /** The bytes of the backbone's weights, where the checkpoint holds the learner alone. */
  readonly backboneWeights?: Uint8Array | undefined;
  /** What errors call the checkpoint. */
  readonly source?: string | undefined;
}

/** @internal Names of a model's parts that somebody may ask for. */
export const modelNames = { backbone: true, kernel: true, supportMasking: true, additions: true, size: true };
const loadNames = { ...modelNames, engine: true, backend: true, weights: true, backboneWeights: true, source: true };
const segmentNames = {
  classes: true,
  probabilities: true,
  vote: true,
  threshold: true,
  leastScore: true,
  clean: true,
  size: true,
  name: true,
  signal: true,
};

/** A model for a segmenter. */
export interface SegmenterModel {
  /** The network sees images at size × size pixels. */
  readonly size: number;
  /** Where the weights come from, for errors. */
  readonly source?: string | undefined;
  /** How the weights score whether an image shows a class; undefined for weights that are not calibrated. */
  readonly presence?: PresenceCalibration | undefined;
  /** What the segmenter disposes of in the end; nothing when absent. */
  readonly owns?: readonly ('model' | 'engine')[] | undefined;
}

/** @internal Gives an example, from memory or from files. */
export type ExampleReader = () => Example | Promise<Example | ReadExample>;

/** The numbers of a mask, except background and void. */
const mostClasses = 254;

/** What the `Segmenter` of either entry does with pixels: remembers classes, and finds them in images. */
export class PixelSegmenter implements AsyncDisposable {
  readonly model: HSNet;
  readonly engine: Engine;
  /** Where the weights come from. */
  readonly source: string;
  /** How the weights score whether an image shows a class; undefined for weights that are not calibrated. */
  readonly presence: PresenceCalibration | undefined;
  readonly #size: Size;
  readonly #owns: readonly ('model' | 'engine')[];
  readonly #classes = new Map<string, PreparedSupports[]>();

  /** A segmenter with a model that is in memory. Switches the model to evaluation. */
  constructor(model: HSNet, { size, source = 'the model', presence, owns = [] }: SegmenterModel) {
    this.model = model.eval();
    this.engine = model.engine;
    this.source = source;
    this.presence = presence;
    this.#size = { width: size, height: size };
    this.#owns = owns;
  }

  /** The width and height at which the network sees images, in pixels. */
  get size(): number {
    return this.#size.width;
  }

  /** The names of the remembered classes, in the order in which they came. */
  get classes(): readonly string[] {
    return [...this.#classes.keys()];
  }

  /**
   * Remembers a class by images in which it is marked. Each support is one shot; the shots vote. A name that is known
   * already gets more shots.
   *
   * @throws SupportsError where supports cannot be used, with a fault for each of them (none is remembered then);
   * SegmenterError for a name without a letter, for no supports, and for more than 254 classes
   */
  async remember(name: string, supports: readonly Example[], options: RememberOptions = {}): Promise<void> {
    return this.rememberRead(
      name,
      supports.map((example) => () => example),
      options,
    );
  }

  /** @internal As `remember`, for supports that are read one after another; what cannot be read is a fault. */
  protected async rememberRead(
    name: string,
    supports: readonly ExampleReader[],
    options: RememberOptions,
  ): Promise<void> {
    checkOptions('remember', options, { signal: true, onDoubt: true });
    const { signal, onDoubt } = options;
    if (name.trim() === '') throw new SegmenterError('remember', 'a class needs a name');
    if (supports.length === 0)
      throw new SegmenterError('remember', `${name} has no supports; give at least one image with its mask`);
    const known = this.#classes.get(name);
    if (known === undefined && this.#classes.size >= mostClasses)
      throw new SegmenterError('remember', `a mask has numbers for ${mostClasses} classes; forget one first`);
    const seen = await this.#see('remember', name, supports, onDoubt);
    const prepare = (): PreparedSupports =>
      scope(() => this.model.prepare(seen.map((example) => itemTensors(example, { engine: this.engine }))));
    const prepared = signal === undefined ? prepare() : interruptible(signal, prepare);
    this.#classes.set(name, [...(known ?? []), prepared]);
  }

  /**
   * Teaches the model one kind of object by marked pictures, in minutes: see `teach`. The last one is held out and judges.
   * Remembered classes stay, and are segmented by the taught model.
   *
   * @throws SupportsError where pictures cannot be used, with a fault for each of them; otherwise as `teach`
   *
   * @example
   * await segmenter.teach(examples);
   * await segmenter.remember('windmill', examples);
   */
  async teach(examples: readonly Example[], options: SegmenterTeachOptions = {}): Promise<Taught> {
    return this.teachRead(
      examples.map((example) => () => example),
      options,
    );
  }

  /** @internal As `teach`, for pictures that are read one after another; what cannot be read is a fault. */
  protected async teachRead(
    examples: readonly ExampleReader[],
    { absent = [], onDoubt, ...options }: SegmenterTeachOptions,
  ): Promise<Taught> {
    const marked = await this.#see('teach', 'object', examples, onDoubt);
    const without = absent.map((image, i) => {
      const name = `picture without the object ${i + 1}`;
      return { image: resizeBilinear(rgbOf(image, name), this.#size), mask: emptyMask(this.#size), name };
    });
    return teach(this.model, marked, without, options);
  }

  /** Forgets a class. @throws SegmenterError for a class that is not remembered */
  forget(name: string): void {
    for (const supports of this.#supportsOf('forget', name)) supports.dispose();
    this.#classes.delete(name);
  }

  /**
   * Finds the remembered classes in an image of any size, and says of each whether the image shows it. Where several classes
   * claim a pixel, the most probable gets it.
   *
   * @throws SegmenterError where no class is remembered, for an unknown one, for a threshold or least score that is no number
   * from 0 to 1, for a size without pixels, and for a threshold beside a vote; FormatError for what is no image;
   * DamagedWeightsError for weights that give NaN or infinite logits; the signal's reason once it is aborted
   */
  async segment(image: ImageLike, options: SegmentOptions = {}): Promise<SegmentedImage> {
    checkOptions('segment', options, segmentNames);
    const { classes = this.classes, probabilities = true, vote, threshold, leastScore, clean } = options;
    const { name = 'the image', size, signal } = options;
    if (classes.length === 0)
      throw new SegmenterError('segment', 'no class is remembered; call remember(name, supports) first');
    if (threshold !== undefined && !(threshold >= 0 && threshold <= 1))
      throw new SegmenterError('segment', `a threshold is a probability from 0 to 1; got ${threshold}`);
    if (leastScore !== undefined && !(leastScore >= 0 && leastScore <= 1))
      throw new SegmenterError('segment', `a least score is a number from 0 to 1; got ${leastScore}`);
    if (threshold !== undefined && vote !== undefined)
      throw new SegmenterError('segment', 'a threshold takes the place of a vote; give one of them');
    if (size !== undefined && !(isSide(size.width) && isSide(size.height)))
      throw new SegmenterError('segment', `a size has whole sides from 1; got ${size.width}×${size.height}`);
    if (vote !== undefined && !voteRules.includes(vote))
      throw new SegmenterError('segment', `a vote is one of ${voteRules.join(', ')}; got ${String(vote)}`);
    const prepared = classes.map((className) => ({ className, supports: this.#supportsOf('segment', className) }));
    const kept = new Map<string, Float32Array>();
    const keep = ({ className, probability }: ClassProbability): void => void kept.set(className, probability);
    const segmented = await segmentImage(this.model, rgbOf(image, name), prepared, {
      engine: this.engine,
      networkSize: this.#size,
      size,
      vote,
      threshold,
      presence: this.presence,
      leastScore,
      names: { image: name, weights: this.source },
      onProbability: typeof probabilities === 'function' ? probabilities : probabilities ? keep : undefined,
      signal,
    });
    const mask = clean === undefined ? segmented.mask : cleanMask(segmented.mask, clean);
    const { width, height } = mask;
    return { width, height, mask, classes: found(classes, segmented, mask), probabilities: kept };
  }

  /** Frees what is remembered, and the model and the engine if they are the segmenter's. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.classes) this.forget(name);
    if (this.#owns.includes('model')) this.model.dispose();
    if (this.#owns.includes('engine')) await this.engine.dispose();
  }

  /** As `[Symbol.asyncDispose]`, for programs without `await using`. */
  dispose(): Promise<void> {
    return this[Symbol.asyncDispose]();
  }

  #supportsOf(op: string, name: string): readonly PreparedSupports[] {
    const supports = this.#classes.get(name);
    if (supports !== undefined) return supports;
    const known = this.#classes.size === 0 ? 'no class is remembered' : `the classes are ${listed(this.classes)}`;
    throw new SegmenterError(op, `there is no class ${name}; ${known}`);
  }

  async #see(
    op: 'remember' | 'teach',
    className: string,
    supports: readonly ExampleReader[],
    onDoubt: RememberOptions['onDoubt'],
  ): Promise<readonly SeenExample[]> {
    const seen: SeenExample[] = [];
    const faults: Error[] = [];
    for (const [i, read] of supports.entries()) {
      try {
        const example = await read();
        seen.push(seeExample(example, this.#size, example.name ?? `support ${i + 1}`));
      } catch (error) {
        if (!(error instanceof HypercorrError)) throw error;
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new SupportsError(op, className, faults);
    for (const { name, doubt } of seen) if (doubt !== undefined) onDoubt?.(`${name}: ${doubt}`);
    return seen;
  }
}

/**
 * Finds in images what was marked in others. It takes pixels and gives masks, both at the image's own size.
 *
 * @example
 * await using segmenter = await Segmenter.load({ weights: new Uint8Array(await response.arrayBuffer()) });
 * await segmenter.remember('cat', [{ image, mask }]);
 * const { mask } = await segmenter.segment(other);
 */
export class Segmenter extends PixelSegmenter {
  /**
   * Loads a trained model.
   *
   * @throws MissingWeightsError without weights, and where the backbone's are missing; OtherModelError for another backbone
   * or kernel than asked for; FormatError for bytes that hold no HSNet; BackendError where the backend cannot run
   */
  static async load(options: SegmenterOptions): Promise<Segmenter> {
    checkOptions('Segmenter.load', options, loadNames);
    const { weights, backboneWeights, source = 'the weights' } = options;
    checkWeights(weights);
    return onEngine(options, (engine, owns) => {
      const file = parseWeights(weights, { source });
      const about = describeWeights(file, source);
      if (about === undefined) throw new FormatError('weights', `${source} holds no HSNet that is known here`);
      const description = describeModel(options, about.model, source);
      const model = emptyModel(description, { engine });
      try {
        scope(() => {
          const names = file.names.filter((name) => !name.startsWith(optimizerPrefix));
          const state = names.map((name) => [name, file.tensor(name, { engine, float64: 'round' })] as const);
          const { holds } = loadModelState(model, { state: Object.fromEntries(state), source });
          if (backboneWeights !== undefined) {
            const backbone = parseWeights(backboneWeights, { source: "the backbone's weights" });
            const tensors = backbone.tensors({ engine, float64: 'round' });
            loadBackboneState(model, { state: tensors, source: "the backbone's weights" });
          } else if (holds === 'learner') {
            throw new MissingWeightsError(
              'weights',
              `${source} holds the learner alone; give the weights of the ${model.backboneName} backbone too`,
            );
          }
        });
      } catch (error) {
        model.dispose();
        throw error;
      }
      return new Segmenter(model, {
        size: description.size,
        source,
        presence: about.presence,
        owns: ['model', ...owns],
      });
    });
  }
}

/** @throws MissingWeightsError without weights: a program without types may leave them out */
export function checkWeights(weights: unknown): void {
  if (weights === undefined)
    throw new MissingWeightsError('Segmenter', 'there are no weights; give a checkpoint as `weights`');
}

/**
 * Opens a segmenter on an engine of the caller's, or on one that is started for it.
 *
 * @param open gets the engine, and whether the segmenter owns it
 */
export async function onEngine<T>(
  { engine, backend }: SegmenterEngine,
  open: (engine: Engine, owns: readonly 'engine'[]) => T | Promise<T>,
): Promise<T> {
  if (engine !== undefined && backend !== undefined)
    throw new SegmenterError('Segmenter', 'an engine or a backend is given, not both');
  if (engine !== undefined) return open(engine, []);
  // Here, so that a page that brings an engine does not load the WebAssembly backend.
  const start = backend ?? (await import('@hypercorr/tensor/wasm')).wasm();
  const started = new Engine(await start());
  try {
    return await open(started, ['engine']);
  } catch (error) {
    await started.dispose();
    throw error;
  }
}

function isSide(pixels: number): boolean {
  return Number.isSafeInteger(pixels) && pixels > 0;
}

function emptyMask({ width, height }: Size): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

/** @param cleaned the mask without what was cleaned away. A class of which nothing is left is not found */
function found(classes: readonly string[], { mask, presence }: SegmentedClasses, cleaned: Mask): readonly FoundClass[] {
  const [before, after] = [countsIn(mask), cleaned === mask ? undefined : countsIn(cleaned)];
  return classes.map((name, i) => {
    const { found: isFound, score } = presence[i] ?? { found: false, score: 0 };
    const pixels = (after ?? before)[i + 1] ?? 0;
    const isCleanedAway = pixels === 0 && (before[i + 1] ?? 0) > 0;
    return { name, index: i + 1, pixels, found: isFound && !isCleanedAway, score };
  });
}

function countsIn({ data }: Mask): Float64Array {
  const counts = new Float64Array(256);
  for (const index of data) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
}
