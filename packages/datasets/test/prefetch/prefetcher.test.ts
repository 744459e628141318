import { rm } from 'node:fs/promises';
import type * as Threads from 'node:worker_threads';
import { BackendError, FormatError, ShapeError } from '@hypercorr/tensor';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  augmentEpisode,
  augmentations,
  episodePlans,
  normalise,
  type Dataset,
  type Episode,
  type EpisodePlan,
  type ReadSample,
} from '../../src/index.ts';
import {
  episodeSource,
  openDataset,
  plannedEpisodes,
  Prefetcher,
  readSample,
  type ItemFault,
  type PrefetchOptions,
} from '../../src/node.ts';
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
const drawn = { seed: 5, shots: 2 };
const source = () => episodeSource(dataset, { ...drawn, size });
const plans = (end: number): EpisodePlan[] => [...episodePlans(dataset, { ...drawn, end })];

async function all(prefetcher: Prefetcher<Episode, EpisodePlan>): Promise<Episode[]> {
  const episodes: Episode[] = [];
  for await (const { item } of prefetcher) episodes.push(item);
  return episodes;
}

/** Numbers that tell how many of them were taken. */
function counted(): { readonly indices: Generator<number>; taken: number; stopped: boolean } {
  const counter = { indices: walk(), taken: 0, stopped: false };
  function* walk(): Generator<number> {
    try {
      for (;;) {
        counter.taken += 1;
        yield counter.taken - 1;
      }
    } finally {
      counter.stopped = true;
    }
  }
  return counter;
}

describe('episodes', () => {
  it('come in the order of their numbers, as readSample reads them, whatever the options', patience, async () => {
    const read = async (sample: EpisodePlan['query']) => {
      const item = await readSample(sample, size);
      return { ...item, pixels: normalise(item.image) };
    };
    const expected = await Promise.all(
      plans(12).map(async (plan, index) => {
        const item = { plan, query: await read(plan.query), supports: await Promise.all(plan.supports.map(read)) };
        return { index, plan, item };
      }),
    );
    const planned = plannedEpisodes(plans(12), { size });
    const prefetchers = [
      new Prefetcher(source(), { end: 12, workers: 0 }),
      new Prefetcher(planned, { workers: 0 }),
      new Prefetcher(source(), { end: 12, workers: 2, ahead: 3 }),
      // Room for two pictures.
      new Prefetcher(planned, { workers: 1, ahead: 0, cacheBytes: 2 * 4 * 16 * 12 }),
    ];
    for (const prefetcher of prefetchers) {
      const found: unknown[] = [];
      for await (const one of prefetcher) found.push(one);
      expect(found).toEqual(expected);
      expect(prefetcher.skipped).toBe(0);
      expect(await prefetcher.next()).toEqual({ done: true, value: undefined });
    }
  });

  it('keep their own sizes when none is given', async () => {
    for (const { query } of await all(new Prefetcher(episodeSource(dataset, drawn), { end: 1, workers: 0 })))
      expect([query.image.width, query.image.height, query.pixels.length]).toEqual([40, 30, 3 * 40 * 30]);
  });

  it('hold the masks at their own sizes beside the resized ones, where that is asked for', patience, async () => {
    for (const workers of [0, 1]) {
      const pictures = { originalMasks: true, size };
      const [resized] = await all(new Prefetcher(plannedEpisodes(plans(1), pictures), { workers }));
      expect(
        [resized?.query, ...(resized?.supports ?? [])].map((item) => [item?.mask.width, item?.originalMask?.width]),
      ).toEqual([
        [16, 40],
        [16, 40],
        [16, 40],
      ]);
      const [plain] = await all(new Prefetcher(plannedEpisodes(plans(1), { originalMasks: true }), { workers }));
      expect(plain?.query.originalMask).toEqual(plain?.query.mask);
    }
  });

  it('are augmented before they are normalised, in a worker as in this thread', patience, async () => {
    const augmented = episodeSource(dataset, { ...drawn, size, augment: augmentations });
    const [here, there] = [
      await all(new Prefetcher(augmented, { workers: 0, end: 6 })),
      await all(new Prefetcher(augmented, { workers: 1, end: 6 })),
    ];
    expect(there).toEqual(here);
    const plain = await all(new Prefetcher(source(), { workers: 0, end: 6 }));
    expect(here).not.toEqual(plain);
    expect(here).toEqual(
      plain.map((episode) => {
        const { plan, query, supports } = augmentEpisode(episode, { seed: drawn.seed, augment: augmentations });
        const normalised = (item: ReadSample) => ({ ...item, pixels: normalise(item.image) });
        return { plan, query: normalised(query), supports: supports.map(normalised) };
      }),
    );
  });

  it('may be asked for several at a time', async () => {
    const prefetcher = new Prefetcher(source(), { workers: 0, end: 3 });
    const taken = await Promise.all([prefetcher.next(), prefetcher.next(), prefetcher.next(), prefetcher.next()]);
    expect(taken.map(({ value }) => value?.index)).toEqual([0, 1, 2, undefined]);
  });

  it('may start anywhere, and be any list of numbers', async () => {
    const indicesOf = async (options: PrefetchOptions) => {
      const prefetcher = new Prefetcher(source(), { workers: 0, ...options });
      const found: [number, number][] = [];
      for await (const { index, item } of prefetcher) found.push([index, item.plan.index]);
      return found;
    };
    expect(await indicesOf({ start: 7, end: 9 })).toEqual([
      [7, 7],
      [8, 8],
    ]);
    expect(await indicesOf({ indices: [4, 1, 4] })).toEqual([
      [4, 4],
      [1, 1],
      [4, 4],
    ]);
  });

  it('are read ahead of their use, and no further', async () => {
    const counter = counted();
    const prefetcher = new Prefetcher(source(), { indices: counter.indices, workers: 0, ahead: 4 });
    expect(counter.taken).toBe(0);
    for (let used = 1; used <= 3; used += 1) {
      await prefetcher.next();
      expect(counter.taken).toBe(used + 4);
    }
    await prefetcher.close();
    expect(counter.stopped).toBe(true);
  });

  it('share what was read before', async () => {
    const [first, second] = await all(new Prefetcher(source(), { indices: [0, 0], workers: 0, ahead: 0 }));
    expect(second?.query.image.data).toBe(first?.query.image.data);
  });
});

describe('closing', () => {
  it('ends the workers, and a loop that waits', patience, async () => {
    const prefetcher = new Prefetcher(source(), { workers: 2 });
    const waiting = prefetcher.next();
    await prefetcher.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await prefetcher.next()).toEqual({ done: true, value: undefined });
    expect(started.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    await prefetcher.close();
  });

  it('is what leaving a loop does', patience, async () => {
    const counter = counted();
    const prefetcher = new Prefetcher(source(), { indices: counter.indices, workers: 1 });
    for await (const { index } of prefetcher) if (index === 2) break;
    expect(counter.stopped).toBe(true);
    expect(started[0]?.threadId).toBe(-1);
  });

  it('is what an end of its scope does', async () => {
    const prefetcher = new Prefetcher(source(), { workers: 0 });
    await prefetcher[Symbol.asyncDispose]();
    expect(await prefetcher.next()).toEqual({ done: true, value: undefined });
  });
});

describe('faulty files', () => {
  it.each([0, 1])('are skipped, told once and counted, with %i workers', patience, async (workers) => {
    const broken = folder.path('data/cat/2.jpg');
    await folder.write('data/cat/2.jpg', 'not a picture');
    const faults: ItemFault<EpisodePlan>[] = [];
    const prefetcher = new Prefetcher(source(), { workers, end: 40, onFault: (fault) => faults.push(fault) });
    const episodes = await all(prefetcher);
    // Two shots of three images: every episode of the class has the broken one.
    const expected = plans(40).filter(({ className }) => className !== 'cat');
    expect(episodes.map(({ plan }) => plan)).toEqual(expected);
    expect(prefetcher.skipped).toBe(40 - expected.length);
    const plan = plans(40).find(({ className }) => className === 'cat');
    expect(faults).toEqual([
      {
        index: plan?.index,
        plan,
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
    const prefetcher = new Prefetcher(source(), { workers: 0 });
    await expect(prefetcher.next()).rejects.toThrow(
      /^\[prefetcher\] 100 episodes in a row have faulty data, the last one because: .* cannot be read: there is no such file; check the data, then start again$/,
    );
    expect(prefetcher.skipped).toBe(100);
    expect(await prefetcher.next()).toEqual({ done: true, value: undefined });
  });
});

describe("what is not the data's fault", () => {
  it('a worker that dies is reported, and the prefetcher is closed', patience, async () => {
    const prefetcher = new Prefetcher(source(), { workers: 1 });
    await prefetcher.next();
    const [worker] = started;
    // Asked for while the worker ends, so that nothing can answer.
    void worker?.terminate();
    const outcome = async (): Promise<never> => {
      for (;;) await prefetcher.next();
    };
    await expect(outcome()).rejects.toThrow(
      /^\[prefetcher\] a worker thread ended before it had read episode \d+: its exit code is 1$/,
    );
    expect(await prefetcher.next()).toEqual({ done: true, value: undefined });
  });

  it('a worker that dies while nothing is asked of it is reported at the next request', patience, async () => {
    const prefetcher = new Prefetcher(source(), { workers: 1, ahead: 0, cacheBytes: 0 });
    await prefetcher.next();
    await started[0]?.terminate();
    await expect(prefetcher.next()).rejects.toBeInstanceOf(BackendError);
  });

  it('an error of the program passes through', patience, async () => {
    const wrong = plans(1).map((plan) => ({ ...plan, query: { ...plan.query, foreground: 700 } }));
    for (const workers of [0, 1]) {
      await expect(new Prefetcher(plannedEpisodes(wrong, { size }), { workers }).next()).rejects.toThrow(
        "an object's index must be a whole number from 1 to 254; got 700",
      );
    }
  });

  it('an error of the plans passes through', async () => {
    const few = episodeSource(dataset, { seed: 0, shots: 3 });
    await expect(new Prefetcher(few, { workers: 0 }).next()).rejects.toThrow('3-shot episodes need 4 images a class');
  });

  it('a number that the source does not have is refused', async () => {
    const two = plannedEpisodes(plans(2), { size });
    await expect(new Prefetcher(two, { indices: [2], workers: 0 }).next()).rejects.toThrow(
      new ShapeError('prefetcher', 'the source has 2 episodes; there is no number 2'),
    );
    await expect(new Prefetcher(two, { indices: [0.5], workers: 0 }).next()).rejects.toThrow(
      'index must be a whole number from 0; got 0.5',
    );
    expect(() => two.plan(2)).toThrow('there are 2 episodes, and no 2');
  });

  it('options that are not whole are refused', () => {
    for (const name of ['start', 'end', 'workers', 'ahead', 'cacheBytes']) {
      expect(() => new Prefetcher(source(), { [name]: -1 })).toThrow(
        new ShapeError('prefetcher', `${name} must be a whole number from 0; got -1`),
      );
    }
    expect(() => new Prefetcher(source(), { indices: [0], end: 1 })).toThrow('give either indices, or start and end');
    expect(() => plannedEpisodes([], { size: { width: 0, height: 1 } })).toThrow(
      '[episodes] width and height must be whole numbers from 1; got 0×1',
    );
    expect(started).toEqual([]);
  });
});
