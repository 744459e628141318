import type { Engine } from '@hypercorr/tensor';
import type { Context } from '../cli/command.ts';
import { evaluate } from '../evaluation.ts';
import { CommandError, UsageError } from '../cli/failure.ts';
import { scheduleOf, startOf, trainerOf, type Session } from './session.ts';

/** What a training would be, and what a step and a validation episode of it took. */
export interface Rehearsal {
  /** Of the whole training. */
  readonly steps: number;
  /** Numbers that the training changes. */
  readonly parameters: number;
  /** The most bytes of tensors at one time in a step, as counted while it ran. */
  readonly tensorBytes: number;
  /** Memory of the whole program after it, as the system counts it. */
  readonly programBytes: number;
  /** Of the last step. */
  readonly loss: number;
  readonly secondsAStep: number;
  readonly secondsAnEpisode: number;
  /** All steps and validations at that pace. */
  readonly seconds: number;
}

/**
 * Takes the first steps of a training and scores its first episodes, on real data and from its real weights, and writes
 * nothing.
 *
 * @throws what the training would throw by then; UsageError for one that is to be resumed
 */
export async function rehearse(session: Session, engine: Engine, log: Context['log']): Promise<Rehearsal> {
  const { resume, description, scoring, epochs, stepsPerEpoch } = session;
  if (resume)
    throw new UsageError('--dry-run is for a run that has not begun: a run that is resumed was checked before');
  const schedule = scheduleOf(session);
  const { model, optimizer } = await startOf(session, engine);
  const trainer = trainerOf(session, { model, optimizer, schedule, firstEpisode: 0 }, log);
  try {
    engine.resetPeak();
    const { last: outcome, seconds: secondsAStep } = await timed(() => trainer.step());
    if (!outcome.taken) throw new CommandError(outcome.fault);
    const { peakBytes: tensorBytes } = engine.memory();
    const score = {
      model,
      weights: "this run's",
      plans: scoring.plans.slice(0, 1),
      root: scoring.dataset.root,
      size: description.size,
      onFault: (message: string) => log.warn(message),
    };
    const { seconds: secondsAnEpisode } = await timed(() => evaluate(score));
    const steps = epochs * stepsPerEpoch;
    const sizes = Object.values(model.trainableParameters()).map(({ value: { shape } }) =>
      shape.reduce((product, size) => product * size, 1),
    );
    return {
      steps,
      tensorBytes,
      loss: outcome.loss,
      secondsAStep,
      secondsAnEpisode,
      parameters: sizes.reduce((sum, size) => sum + size, 0),
      programBytes: process.memoryUsage.rss(),
      seconds: steps * secondsAStep + epochs * scoring.plans.length * secondsAnEpisode,
    };
  } finally {
    await trainer.close();
    optimizer.dispose();
    model.dispose();
  }
}

/** Of the second time: the first one compiles, and reads what the second finds in memory. */
async function timed<T>(run: () => Promise<T>): Promise<{ readonly last: T; readonly seconds: number }> {
  await run();
  const begin = performance.now();
  const last = await run();
  return { last, seconds: (performance.now() - begin) / 1000 };
}
