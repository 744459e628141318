import { Segmenter } from '@hypercorr/hsnet';
import { serve, type Call } from '@hypercorr/tensor/worker';
import type { Backend } from '../engine/backends.ts';
import { startEngine } from '../engine/start-engine.ts';
import { segment, type Episode, type Found } from './network.ts';

export interface Setup {
  readonly backend: Backend;
  /** A checkpoint of an HSNet. */
  readonly weights: Uint8Array;
  /** The backbone's, where the checkpoint holds the learner alone. */
  readonly backboneWeights?: Uint8Array | undefined;
  /** The checkpoint's name in errors. */
  readonly source: string;
}

/** The result of a segmentation, and the time it took. */
export interface TimedFound extends Found {
  readonly milliseconds: number;
}

const open = async ({ backend, weights, backboneWeights, source }: Setup) => {
  const engine = await startEngine(backend);
  const segmenter = await Segmenter.load({ weights, backboneWeights, source, engine });
  const { backboneName, kernel } = segmenter.model;
  return {
    about: () => ({ engine: engine.description, model: `HSNet, ${backboneName}, ${kernel}`, size: segmenter.size }),

    segment: async (episode: Episode, call: Call): Promise<TimedFound> => {
      const begin = performance.now();
      const found = await segment(segmenter, episode, call);
      return { ...found, milliseconds: performance.now() - begin };
    },
  };
};

export type OpenSegmenter = typeof open;
serve(open);
