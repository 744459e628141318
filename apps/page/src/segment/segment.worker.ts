import { interruptible, read } from '@hypercorr/tensor';
import { serve, type Call } from '@hypercorr/tensor/worker';
import type { Backend } from '../engine/backends.ts';
import { startEngine } from '../engine/start-engine.ts';
import { loadNetwork, segment, type Episode } from './network.ts';

export interface Setup {
  readonly backend: Backend;
  /** A checkpoint of an HSNet with its backbone. */
  readonly weights: Uint8Array;
  /** What errors call it. */
  readonly source: string;
}

/** Where a query shows the support's object. */
export interface Found {
  /** Background's and foreground's, [2, H, W] of the query's size, row by row. */
  readonly logits: Float32Array;
  readonly milliseconds: number;
}

const open = async ({ backend, weights, source }: Setup) => {
  const engine = await startEngine(backend);
  const network = loadNetwork(weights, source, engine);
  const { backboneName, kernel } = network.model;
  return {
    about: () => ({ engine: engine.description, model: `HSNet, ${backboneName}, ${kernel}`, size: network.size }),

    segment: async (episode: Episode, call: Call): Promise<Found> => {
      const begin = performance.now();
      using logits = interruptible(call, () => segment(network, episode));
      return { logits: await read(logits), milliseconds: performance.now() - begin };
    },
  };
};

export type OpenSegmenter = typeof open;
serve(open);
