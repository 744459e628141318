import { rm } from 'node:fs/promises';
import type * as Threads from 'node:worker_threads';
import { BackendError, FormatError, ShapeError } from '@hypercorr/tensor';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { episodePlans, sampleEpisode, type Dataset, type Episode, type EpisodePlan } from '../../src/index.ts';
import { EpisodeLoader, openDataset, readSample, type LoaderFault, type LoaderOptions } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { writeClass } from '../support/pictures.ts';

/** The worker threads that were started, so that a test can end one. */
const started = vi.hoisted((): Threads.Worker[] => []);
vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof Threads>();
  return {
    ...threads,
    Worker: class extends threads.Worker {
      constructor(...args: ConstructorParameters<typeof threads.Worker>) {
        super(...args);
        started.push(this);
      }
    },
  };
});

/** A worker that runs TypeScript takes a second or two to start, and more on a busy machine. */
const patience = { timeout: 60_000 };

const folder = testFolder();
let dataset: Dataset;
beforeEach(async () => {
  started.length = 0;
  for (const name of ['apple', 'cat', 'penguin']) await writeClass(folder, `data/${name}`, 3);
  dataset = await openDataset({ layout: 'fss', root: folder.path('data') });
});

const size = { width: 16, height: 12 };
const plans = (end?: number): Generator<EpisodePlan> =>
  episodePlans(dataset, { seed: 5, shots: 2, ...(end !== undefined && { end }) });

async function all(loader: EpisodeLoader): Promise<Episode[]> {
  const episodes: Episode[] = [];
  for await (const episode of loader) episodes.push(episode);
  return episodes;
}

/** Plans that tell how many of them were taken. */
function counted(end?: number): { readonly plans: Generator<EpisodePlan>; taken: number; stopped: boolean } {
  const counter = { plans: walk(), taken: 0, stopped: false };
  function* walk(): Generator<EpisodePlan> {
    try {
      for (const plan of plans(end)) {
        counter.taken += 1;
        yield plan;
      }
    } finally {
      counter.stopped = true;
    }
  }
  return counter;
}

describe('episodes', () => {
  it('come in the order of their plans, as readSample reads them, whatever the options', patience, async () => {
    const expected = await Promise.all(
      [...plans(12)].map(async (plan) => ({
        plan,
        query: await readSample(plan.query, size),
        supports: await Promise.all(plan.supports.map((sample) => readSample(sample, size))),
      })),
    );
    const options: LoaderOptions[] = [
      { workers: 0 },
      { workers: 2, ahead: 3 },
      // Room for two pictures.
      { workers: 1, ahead: 0, cacheBytes: 2 * 4 * 16 * 12 },
    ];
    for (const each of options) {
      const loader = new EpisodeLoader(plans(12), { size, ...each });
      expect(await all(loader), JSON.stringify(each)).toEqual(expected);
      expect(loader.skipped).toBe(0);
      expect(await loader.next()).toEqual({ done: true, value: undefined });
    }
  });

  it('keep their own sizes when none is given', async () => {
    for await (const { query } of new EpisodeLoader(plans(1), { workers: 0 }))
      expect([query.image.width, query.image.height]).toEqual([40, 30]);
  });

  it('hold the masks at their own sizes beside the resized ones, where that is asked for', patience, async () => {
    for (const workers of [0, 1]) {
      const [resized] = await all(new EpisodeLoader(plans(1), { workers, size, originalMasks: true }));
      expect(
        [resized?.query, ...(resized?.supports ?? [])].map((item) => [item?.mask.width, item?.originalMask?.width]),
      ).toEqual([
        [16, 40],
        [16, 40],
        [16, 40],
      ]);
      const [plain] = await all(new EpisodeLoader(plans(1), { workers, originalMasks: true }));
      expect(plain?.query.originalMask).toEqual(plain?.query.mask);
    }
  });

  it('may be asked for several at a time', async () => {
    const loader = new EpisodeLoader(plans(3), { workers: 0, size });
    const taken = await Promise.all([loader.next(), loader.next(), loader.next(), loader.next()]);
    expect(taken.map(({ value }) => value?.plan.index)).toEqual([0, 1, 2, undefined]);
  });

  it('are read ahead of their use, and no further', async () => {
    const counter = counted();
    const loader = new EpisodeLoader(counter.plans, { workers: 0, ahead: 4, size });
    expect(counter.taken).toBe(0);
    for (let used = 1; used <= 3; used += 1) {
      await loader.next();
      expect(counter.taken).toBe(used + 4);
    }
    await loader.close();
    expect(counter.stopped).toBe(true);
  });

  it('share what was read before', async () => {
    const loader = new EpisodeLoader(
      [0, 0].map((index) => sampleEpisode(dataset, { seed: 5, shots: 2 }, index)),
      { workers: 0, size, ahead: 0 },
    );
    const [first, second] = await all(loader);
    expect(second?.query).toBe(first?.query);
  });
});

describe('closing', () => {
  it('ends the workers, and a loop that waits', patience, async () => {
    const loader = new EpisodeLoader(plans(), { workers: 2, size });
    const waiting = loader.next();
    await loader.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await loader.next()).toEqual({ done: true, value: undefined });
    expect(started.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    await loader.close();
  });

  it('is what leaving a loop does', patience, async () => {
    const counter = counted();
    const loader = new EpisodeLoader(counter.plans, { workers: 1, size });
    for await (const { plan } of loader) if (plan.index === 2) break;
    expect(counter.stopped).toBe(true);
    expect(started[0]?.threadId).toBe(-1);
  });

  it('is what an end of its scope does', async () => {
    const loader = new EpisodeLoader(plans(), { workers: 0, size });
    await loader[Symbol.asyncDispose]();
    expect(await loader.next()).toEqual({ done: true, value: undefined });
  });
});

describe('faulty files', () => {
  it.each([0, 1])('are skipped, told once and counted, with %i workers', patience, async (workers) => {
    const broken = folder.path('data/cat/2.jpg');
    await folder.write('data/cat/2.jpg', 'not a picture');
    const faults: LoaderFault[] = [];
    const loader = new EpisodeLoader(plans(40), { workers, size, onFault: (fault) => faults.push(fault) });
    const episodes = await all(loader);
    // Two shots of three images: every episode of the class has the broken one.
    const expected = [...plans(40)].filter(({ className }) => className !== 'cat');
    expect(episodes.map(({ plan }) => plan)).toEqual(expected);
    expect(loader.skipped).toBe(40 - expected.length);
    expect(faults).toEqual([
      {
        plan: [...plans(40)].find(({ className }) => className === 'cat'),
        error: new FormatError(
          'image',
          `${broken} is not a JPEG, PNG or WebP: it holds text (a download page, or a Git LFS pointer?)`,
        ),
      },
    ]);
    expect(faults[0]?.error).toBeInstanceOf(FormatError);
  });

  it('in a hundred episodes in a row are an error', async () => {
    await rm(folder.path('data'), { recursive: true });
    const loader = new EpisodeLoader(plans(), { workers: 0, size });
    await expect(loader.next()).rejects.toThrow(
      /^\[loader\] 100 episodes in a row have faulty files, the last for: .* cannot be read: there is no such file/,
    );
    expect(loader.skipped).toBe(100);
    expect(await loader.next()).toEqual({ done: true, value: undefined });
  });
});

describe("what is not the data's fault", () => {
  it('a worker that dies is reported, and the loader is closed', patience, async () => {
    const loader = new EpisodeLoader(plans(), { workers: 1, size });
    await loader.next();
    const [worker] = started;
    // Asked for while the worker ends, so that nothing can answer.
    void worker?.terminate();
    const outcome = async (): Promise<never> => {
      for (;;) await loader.next();
    };
    await expect(outcome()).rejects.toThrow(
      /^\[loader\] an image worker ended, and .* was still to be read: it ended with exit code 1$/,
    );
    expect(await loader.next()).toEqual({ done: true, value: undefined });
  });

  it('a worker that dies while nothing is asked of it is reported at the next request', patience, async () => {
    const loader = new EpisodeLoader(plans(), { workers: 1, size, ahead: 0, cacheBytes: 0 });
    await loader.next();
    await started[0]?.terminate();
    await expect(loader.next()).rejects.toBeInstanceOf(BackendError);
  });

  it('an error of the program passes through', patience, async () => {
    const wrong = [...plans(1)].map((plan) => ({ ...plan, query: { ...plan.query, foreground: 700 } }));
    for (const workers of [0, 1]) {
      await expect(new EpisodeLoader(wrong, { workers, size }).next()).rejects.toThrow(
        "an object's index is a whole number from 1 to 254; got 700",
      );
    }
  });

  it('an error of the plans passes through', async () => {
    await expect(
      new EpisodeLoader(episodePlans(dataset, { seed: 0, shots: 3 }), { workers: 0 }).next(),
    ).rejects.toThrow('3-shot episodes need 4 images a class');
  });

  it('options that are not whole are refused', () => {
    for (const name of ['workers', 'ahead', 'cacheBytes']) {
      expect(() => new EpisodeLoader([], { workers: 0, [name]: -1 })).toThrow(
        new ShapeError('loader', `${name} is a whole number from 0; got -1`),
      );
    }
    expect(() => new EpisodeLoader([], { size: { width: 0, height: 1 } })).toThrow(
      '[loader] width and height are whole numbers from 1; got 0×1',
    );
    expect(started).toEqual([]);
  });
});
