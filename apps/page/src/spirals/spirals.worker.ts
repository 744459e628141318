import { serve, type Call } from '@hypercorr/tensor/worker';
import type { Backend } from '../engine/backends.ts';
import { startEngine } from '../engine/start-engine.ts';
import { SpiralTraining } from './training.ts';

export interface Setup {
  readonly backend: Backend;
  readonly seed: number;
}

export interface TrainRequest {
  /** Steps from one report to the next. */
  readonly every: number;
  /** Probabilities are reported for `side` × `side` pixels. */
  readonly side: number;
}

/** The state of the training. */
export interface Report {
  readonly step: number;
  /** The losses of all steps since the last report that the page received. */
  readonly losses: readonly number[];
  /** The share of points outside of the training set that are classified correctly. */
  readonly accuracy: number;
  /** The probability of the second spiral at each pixel, row by row. */
  readonly probabilities: Float32Array;
}

const open = async ({ backend, seed }: Setup) => {
  const engine = await startEngine(backend);
  const training = new SpiralTraining(engine, seed);
  /** Losses that the page has not yet received. */
  const losses: number[] = [];
  return {
    about: () => ({
      engine: engine.description,
      points: { positions: training.points.positions.slice(), labels: training.points.labels.slice() },
    }),

    /** Trains until the call is aborted. The next call continues the training. */
    train: async ({ every, side }: TrainRequest, call: Call<Report>): Promise<void> => {
      // An abort takes effect only between steps, so that no step changes only a part of the network.
      for (;;) {
        for (let i = 0; i < every; i += 1) {
          call.throwIfAborted();
          losses.push(await training.step());
        }
        const [accuracy, probabilities] = [await training.accuracy(), await training.probabilities(side)];
        await call.progress({ step: training.steps, losses, accuracy, probabilities });
        losses.length = 0;
      }
    },
  };
};

export type OpenSpirals = typeof open;
serve(open);
