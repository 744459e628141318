import {
  Draws,
  augmentEpisode,
  augmentations,
  normalise,
  type Episode,
  type EpisodeItem,
  type EpisodePlan,
  type Mask,
  type ReadSample,
  type RgbImage,
} from '@hypercorr/datasets';
import { cosineSchedule, disposeState, type StateDict } from '@hypercorr/nn';
import { ShapeError, fold, key, mapTree, retain, type StopSignal } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { NonFiniteStepError, optimizerOf, trainStep, type ItemStream, type Phase } from '@hypercorr/train';
import type { HSNet } from '../hsnet.ts';
import { predictEpisode } from '../scoring/predict-episode.ts';
import { episodeIou } from '../scoring/segmentation-score.ts';
import { fewShotSteps } from '../training/few-shot-task.ts';

/** A marked picture at the network's size. */
export interface TaughtPicture {
  readonly image: RgbImage;
  /** 0 background, 1 object, 255 void. All 0 for a picture that does not show the object. */
  readonly mask: Mask;
  /** What errors call it. */
  readonly name: string;
}

export interface TeachOptions {
  /** Steps of the optimiser; 120 when absent, about two minutes on two cores. */
  readonly steps?: number | undefined;
  /** The learning rate of the first step, which falls to 0 as a cosine; 3e-4 when absent. */
  readonly learningRate?: number | undefined;
  /** The seed of the episodes; 0 when absent. */
  readonly seed?: number | undefined;
  /** Is told of every step that was taken. */
  readonly onStep?: ((step: TeachStep) => void) | undefined;
  /** Ends the teaching between two steps; the model is then as it was before. */
  readonly signal?: StopSignal | undefined;
}

const optionNames = { steps: true, learningRate: true, seed: true, onStep: true, signal: true };

export interface TeachStep {
  /** Steps taken so far. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

/** What came of it. IoUs are of the held-out picture, in percent. */
export interface Taught {
  /** The index of the example that taught nothing, and judged. */
  readonly heldOut: number;
  readonly before: number;
  /** Of the weights that were kept. */
  readonly after: number;
  /** The step whose weights were kept; 0 where no step helped, and the model is as it was before. */
  readonly step: number;
}

const usual = { steps: 120, learningRate: 3e-4, seed: 0 } as const;
/** Episodes a step. */
const batch = 4;
/** How often the held-out picture judges. */
const judgements = 6;
/** The share of episodes whose query does not show the object, where there are such pictures. */
const absentShare = 0.25;
/** As the weights for photographs were trained. */
const foregroundWeight = 2;
/** The number of the stream of random numbers that draws pictures. */
const episodeStream = 0;

/**
 * Teaches a model one kind of object by two to a hundred marked pictures. The learner is trained further on episodes among
 * them: one picture is the query, another the support, each mirrored, cropped, reduced and recoloured at random. The last
 * marked picture is held out: it judges the model before, in between and after, with all others as its supports, and the
 * best weights are kept. If no step helps, the model stays as it was.
 *
 * The backbone is not trained, so that supports that were prepared before stay valid.
 *
 * @param absent pictures that do not show the object; a quarter of the queries then are such pictures
 * @throws ShapeError for fewer than two marked pictures; OptionError for an option that does not exist; RangeError for
 * steps or a rate out of range; NonFiniteStepError for a loss that is no number; the signal's reason once it is aborted
 */
export async function teach(
  model: HSNet,
  marked: readonly TaughtPicture[],
  absent: readonly TaughtPicture[] = [],
  options: TeachOptions = {},
): Promise<Taught> {
  checkOptions('teach', options, optionNames);
  const steps = options.steps ?? usual.steps;
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new RangeError(`[teach] steps must be a whole number from 1; got ${steps}`);
  const learningRate = options.learningRate ?? usual.learningRate;
  const [heldOut, shown] = [marked.at(-1), marked.slice(0, -1)];
  if (heldOut === undefined || shown.length === 0)
    throw new ShapeError(
      'teach',
      `two marked pictures are needed, one to learn from and one to judge by; got ${marked.length}`,
    );
  const phase: Phase = { name: 'teaching', steps, schedule: cosineSchedule({ learningRate, steps }) };
  const task = fewShotSteps({ model, shots: 1, foregroundWeight, backboneFactor: 0 });
  const judge = judgeOf(model, heldOut, shown);
  const before = await judge();
  const start = snapshot(model);
  let best = { iou: before, step: 0, state: snapshot(model) };
  try {
    using optimizer = optimizerOf(task, phase);
    const items = episodesOf(shown, absent, options.seed ?? usual.seed);
    const every = Math.max(1, Math.round(steps / judgements));
    for (let step = 1; step <= steps; step += 1) {
      options.signal?.throwIfAborted();
      const outcome = await trainStep({ task, phase, optimizer, items, batch, atOnce: batch });
      if (!outcome.taken) throw new NonFiniteStepError(`[teach] ${outcome.fault}; a lower learning rate may help`);
      options.onStep?.({ step, steps, loss: outcome.loss });
      if (step % every !== 0 && step !== steps) continue;
      const iou = await judge();
      if (iou <= best.iou) continue;
      disposeState(best.state);
      best = { iou, step, state: snapshot(model) };
    }
    model.hpn_learner.loadStateDict(best.state);
  } catch (error) {
    // What was interrupted has not been judged to its end.
    model.hpn_learner.loadStateDict(start);
    throw error;
  } finally {
    disposeState(best.state);
    disposeState(start);
    model.eval();
  }
  return { heldOut: marked.length - 1, before, after: best.iou, step: best.step };
}

function snapshot(model: HSNet): StateDict {
  return mapTree(model.hpn_learner.stateDict(), retain);
}

/** The IoU of the held-out picture, in percent. */
function judgeOf(model: HSNet, heldOut: TaughtPicture, shown: readonly TaughtPicture[]): () => Promise<number> {
  const [query, supports] = [itemOf(heldOut), shown.map(itemOf)];
  const episode = { plan: planOf(0, heldOut, shown), query, supports };
  const size = heldOut.image;
  return async () => {
    const { mask } = await predictEpisode(model, episode, { size, vote: 'probability', weights: 'the taught weights' });
    return episodeIou(mask, heldOut.mask.data);
  };
}

/** Episodes without an end. Equal seeds draw the same ones. */
function episodesOf(
  shown: readonly TaughtPicture[],
  absent: readonly TaughtPicture[],
  seed: number,
): ItemStream<Episode> {
  let next = 0;
  const drawn = (index: number): Episode => {
    const draws = new Draws(fold(fold(key(seed), episodeStream), index));
    const pick = (from: readonly TaughtPicture[]): TaughtPicture => {
      const picked = from[draws.below(from.length)];
      if (picked === undefined) throw new ShapeError('teach', 'there is no picture to draw');
      return picked;
    };
    const query = absent.length > 0 && draws.chance(absentShare) ? pick(absent) : pick(shown);
    const others = shown.filter((each) => each !== query);
    const support = pick(others.length > 0 ? others : shown);
    const episode = { plan: planOf(index, query, [support]), query: readOf(query), supports: [readOf(support)] };
    const changed = augmentEpisode(episode, { seed, augment: augmentations });
    return { plan: changed.plan, query: withPixels(changed.query), supports: changed.supports.map(withPixels) };
  };
  return {
    next() {
      const item = { index: next, item: drawn(next) };
      next += 1;
      return Promise.resolve({ done: false, value: item });
    },
  };
}

function planOf(index: number, query: TaughtPicture, supports: readonly TaughtPicture[]): EpisodePlan {
  const sampleOf = ({ name }: TaughtPicture) => ({ image: name, mask: name });
  return { index, classId: 0, className: 'object', query: sampleOf(query), supports: supports.map(sampleOf) };
}

function readOf({ image, mask, name }: TaughtPicture): ReadSample {
  return { sample: { image: name, mask: name }, image, mask };
}

function itemOf(picture: TaughtPicture): EpisodeItem {
  return withPixels(readOf(picture));
}

function withPixels(sample: ReadSample): EpisodeItem {
  return { ...sample, pixels: normalise(sample.image) };
}
