import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantSchedule } from '@hypercorr/nn';
import { defaultEngine, type Engine } from '@hypercorr/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { RunError, RunUsageError, neverStop, silent, type Log, type StopRequest } from '../src/index.ts';
import { describeCheckpoint, readHistory, rehearse, runFiles, train, type TrainingOptions } from '../src/node.ts';
import { lineTask, type Batch, type LineOptions } from './support/toy-task.ts';
import type { Point } from './support/toy-reader.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-train-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(root, `run-${(folders += 1)}`);
const engine: Engine = defaultEngine();

type Options = Partial<TrainingOptions<Point, Batch>> & { readonly line?: Partial<LineOptions> };

/** Trains a line, and frees it. */
async function run({ line = {}, ...options }: Options) {
  const task = lineTask({ engine, ...line });
  const folder = options.folder ?? newFolder();
  const result = await train({
    task,
    engine,
    folder,
    resume: false,
    command: 'line',
    configuration: { 'learning-rate': 0.1 },
    training: { points: 'of a line' },
    batch: 2,
    stepsPerEpoch: 2,
    onNan: 'stop',
    title: 'A line',
    workers: 0,
    ...options,
  }).finally(() => task.model.dispose());
  result.run.dispose();
  return { ...result, folder, files: runFiles(folder) };
}

/** What must repeat: everything but the clock. */
async function outcome(folder: string) {
  const { last, best, history } = runFiles(folder);
  const records = (await readHistory(history)).map((record) => ({ ...record, seconds: undefined }));
  return { records, last: readFileSync(last), best: existsSync(best) ? readFileSync(best) : undefined };
}

/** Asks to stop once so many steps are over. */
function stopAfter(steps: number): { readonly stop: StopRequest; readonly log: Log } {
  let requested = false;
  const log: Log = {
    ...silent,
    // Validations show their progress, too, with a unit.
    progress: (_, { unit } = {}) => ({
      update(done) {
        if (unit === undefined && done >= steps) requested = true;
      },
    }),
  };
  return {
    log,
    stop: {
      ...neverStop,
      get requested() {
        return requested;
      },
    },
  };
}

describe('a training', () => {
  test('leaves weights, history, report and figures, and learns', async () => {
    const { folder, files, ended, finished, scored } = await run({ line: { steps: 40 }, stepsPerEpoch: 10 });
    expect([ended, finished]).toEqual(['epochs', true]);
    const records = await readHistory(files.history);
    expect(records.filter(({ kind }) => kind === 'step')).toHaveLength(40);
    const epochs = records.filter((record) => record.kind === 'epoch');
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ]);
    // Lower is better here, and the last epoch has the lowest error.
    expect(epochs.at(-1)?.best).toBe(true);
    expect(epochs.at(-1)?.figures['error']).toBeLessThan(epochs[0]?.figures['error'] ?? 0);
    expect(scored?.meter.figures()).toEqual(epochs.at(-1)?.figures);
    const page = readFileSync(files.report, 'utf8');
    expect(page).toContain('&lt;slope&gt;');
    expect(page).toContain('validation mean error');
    expect(page).toContain('points scored');
    expect(readdirSync(folder).filter((name) => name.startsWith('events'))).toHaveLength(1);
    const { about } = await describeCheckpoint(files.best);
    expect(about).toEqual({
      task: 'line',
      model: { inputs: 1 },
      training: { points: 'of a line' },
      position: { step: 40, nextItem: 80, phase: 0 },
    });
  });

  test('threads that read make no difference', async () => {
    const [here, there] = [await run({}), await run({ workers: 2 })];
    expect(await outcome(there.folder)).toEqual(await outcome(here.folder));
  }, 60_000);

  test('records every part of the loss', async () => {
    const { files } = await run({});
    const [first] = await readHistory(files.history);
    expect(first).toMatchObject({ kind: 'step', parts: { bias: expect.any(Number) as number } });
  });

  test('the parts of a batch add up to the whole batch', async () => {
    const whole = await run({ batch: 6, line: { steps: 3 } });
    const parted = await run({ batch: 6, atOnce: 4, line: { steps: 3 } });
    const losses = async ({ history }: typeof whole.files) =>
      (await readHistory(history)).flatMap((record) =>
        record.kind === 'step' ? [record.loss, record.parts?.['bias'] ?? 0] : [],
      );
    const [expected, found] = [await losses(whole.files), await losses(parted.files)];
    // Sums in float32 have another order.
    for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });

  test.each([1, 2, 3, 4])(
    'that is stopped after step %i and resumed ends bit for bit as an unbroken one',
    async (steps) => {
      const whole = await run({});
      const { folder, ended, finished } = await run(stopAfter(steps));
      expect([ended, finished]).toEqual(['interrupt', false]);
      const rest = await run({ folder, resume: true });
      expect(rest.finished).toBe(true);
      expect(await outcome(folder)).toEqual(await outcome(whole.folder));
    },
  );

  test('phases train what they are for, each with an optimiser of its own, and resume anywhere', async () => {
    const phases = [
      { name: 'bias', steps: 3, schedule: constantSchedule({ learningRate: 0.1 }) },
      { name: 'weight', steps: 3, schedule: constantSchedule({ learningRate: 0.2 }) },
    ];
    const whole = await run({ line: { phases } });
    const { entries } = await describeCheckpoint(whole.files.last);
    const remembered = [...entries.keys()].filter((name) => name.startsWith('optimizer.') && name.includes('linear'));
    expect(remembered.length).toBeGreaterThan(0);
    for (const name of remembered) expect(name).toContain('linear.weight');
    for (const steps of [2, 3, 4]) {
      const { folder } = await run({ ...stopAfter(steps), line: { phases } });
      await run({ folder, resume: true, line: { phases } });
      expect(await outcome(folder), `stopped after step ${steps}`).toEqual(await outcome(whole.folder));
    }
  });

  test('a last epoch may be shorter', async () => {
    const { files } = await run({ line: { steps: 5 }, stepsPerEpoch: 2 });
    const epochs = (await readHistory(files.history)).filter((record) => record.kind === 'epoch');
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 2],
      [2, 4],
      [3, 5],
    ]);
  });

  test('without a validation there is no best epoch, and all the rest', async () => {
    const { files, scored } = await run({ line: { validated: false } });
    expect(scored).toBeUndefined();
    expect(existsSync(files.best)).toBe(false);
    expect(readFileSync(files.report, 'utf8')).toContain('<dt>loss</dt>');
    expect((await readHistory(files.history)).some((record) => record.kind === 'epoch' && record.best)).toBe(false);
  });

  test('ends early when the validation gets no better, and keeps the best epochs', async () => {
    // So large a rate that the error grows.
    const { ended, files } = await run({ line: { steps: 40, learningRate: 1.9 }, earlyStop: 2, top: 2 });
    expect(ended).toBe('early-stop');
    const epochs = (await readHistory(files.history)).filter((record) => record.kind === 'epoch');
    expect(epochs.at(-1)?.best).toBe(false);
    expect(readdirSync(files.top)).toHaveLength(2);
  });

  test('a step that is not finite ends the run, or is left out', async () => {
    const line = { faults: { 5: 'infinite' } } as const;
    await expect(run({ line })).rejects.toThrow(
      /the loss is Infinity at step 3\. The step's items: .*; a lower learning rate may help/s,
    );
    const { files, finished } = await run({ line, onNan: 'skip' });
    expect(finished).toBe(true);
    const records = await readHistory(files.history);
    expect(records.filter(({ kind }) => kind === 'skipped')).toHaveLength(1);
    expect(records.filter(({ kind }) => kind === 'step')).toHaveLength(6);
  });

  test('faulty items are left out and counted', async () => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (text: string) => void warnings.push(text) };
    const { skipped, files } = await run({ line: { faults: { 1: 'faulty' } }, log });
    expect(skipped).toBe(1);
    expect(warnings.join('\n')).toMatch(/item \d+ is left out: .*the point at .* is faulty/);
    expect(warnings.at(-1)).toBe('left out because of faulty files: 1 training point');
    expect(readFileSync(files.report, 'utf8')).toContain('1 training point and 0 scored points');
  });

  test('a resumed run keeps its task, its data and its history', async () => {
    const { folder, files } = await run(stopAfter(2));
    const other = { ...lineTask({ engine }), kind: 'curve' };
    await expect(run({ folder, resume: true, task: other })).rejects.toThrow(
      new RunUsageError(`${files.last} is a checkpoint of line training; this is curve training`),
    );
    await expect(run({ folder, resume: true, training: { points: 'others' } })).rejects.toThrow(
      'the run was trained on {"points":"of a line"}, and this is {"points":"others"}: resume it with the same',
    );
    const described = { ...lineTask({ engine }), describe: () => ({ inputs: 2 }) };
    await expect(run({ folder, resume: true, task: described })).rejects.toThrow('holds another model: {"inputs":1}');
    const refuse = (): never => {
      throw new RunUsageError('other points');
    };
    await expect(run({ folder, resume: true, checkTraining: refuse })).rejects.toThrow('other points');
    writeFileSync(files.history, '');
    await expect(run({ folder, resume: true })).rejects.toThrow(/records 0 of the 2 steps that the run has taken/);
    await expect(run({ folder: newFolder(), resume: true })).rejects.toThrow(/there is nothing to resume/);
  });

  test('a figure that is no number is recorded, and the run resumes', async () => {
    const without = { ...lineTask({ engine }) };
    const { validation } = without;
    if (validation === undefined) throw new Error('the line is validated');
    const meter = () => Object.assign(validation.meter(), { figures: () => ({ error: Number.NaN }) });
    const task = { ...without, validation: { ...validation, meter } };
    const { folder, files } = await run({ ...stopAfter(4), task });
    await run({ folder, resume: true });
    const epochs = (await readHistory(files.history)).filter((record) => record.kind === 'epoch');
    expect(epochs.map(({ best, figures }) => [best, Number.isNaN(figures['error'])])).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });

  test('what cannot be right is refused before anything is written', async () => {
    const folder = newFolder();
    const refused = async (options: Options, message: string) =>
      expect(run({ folder, ...options })).rejects.toThrow(new RunUsageError(message));
    await refused({ batch: 0 }, 'batch must be a whole number from 1; got 0');
    await refused({ stepsPerEpoch: 1.5 }, 'stepsPerEpoch must be a whole number from 1; got 1.5');
    await refused({ maxTime: -1 }, 'maxTime must be a positive number of seconds; got -1');
    await refused({ line: { steps: 0 } }, 'steps of phase training must be a whole number from 1; got 0');
    await refused({ line: { phases: [] } }, 'the task has no phase: it needs at least one');
    expect(existsSync(folder)).toBe(false);
  });

  test("a validation's best figure is one of its meter's figures", async () => {
    const task = lineTask({ engine });
    const { validation } = task;
    if (validation === undefined) throw new Error('the line is validated');
    const best = { figure: 'eror', higher: false };
    await expect(run({ task: { ...task, validation: { ...validation, best } } })).rejects.toThrow(
      new RunError("the validation's best figure is eror, which is not among its meter's figures: error"),
    );
  });

  test('a new run leaves other files alone', async () => {
    const { folder } = await run({});
    await expect(run({ folder })).rejects.toThrow(/holds a run already: resume it, or choose another folder/);
    await expect(run({ folder, command: 'curve' })).rejects.toThrow(/which curve did not write/);
  });
});

test('a rehearsal says what a training takes, and writes nothing', async () => {
  const before = readdirSync(root).length;
  const task = lineTask({ engine, steps: 7 });
  const found = await rehearse({ task, engine, batch: 2, stepsPerEpoch: 2, workers: 0 });
  task.model.dispose();
  expect(found).toMatchObject({ steps: 7, parameters: 2 });
  expect(found.seconds).toBeCloseTo(7 * found.secondsAStep + 4 * 5 * found.secondsAnItem, 9);
  expect(found.tensorBytes).toBeGreaterThan(0);
  expect(readdirSync(root)).toHaveLength(before);
  const endless = lineTask({ engine, faults: { 0: 'infinite' } });
  await expect(rehearse({ task: endless, engine, batch: 2, stepsPerEpoch: 2, workers: 0 })).rejects.toThrow(RunError);
  endless.model.dispose();
});
