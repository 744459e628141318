import { describe, expect, test } from 'vitest';
import { findCase } from '../src/cases.ts';
import { measureInTurns, ratioOf, timingOf } from '../src/measure.ts';
import type { Peer } from '../src/peers.ts';
import { targets } from '../src/targets.ts';

/** Answers with these times, one after another, and writes down when it was asked. */
function scripted(name: string, times: readonly number[], asked: string[] = []): Peer {
  const left = [...times];
  return {
    name,
    ask(caseName) {
      asked.push(`${name} ${caseName}`);
      const ms = left.shift();
      return Promise.resolve(ms === undefined ? undefined : { ms, peak_rss_mb: 1 });
    },
    close() {},
  };
}

describe('measuring in turns', () => {
  test('each is asked in each round, and the first time is not counted', async () => {
    const asked: string[] = [];
    const contestants = [
      { peer: scripted('ours', [100, 2, 6, 9], asked), caseName: 'prepared' },
      { peer: scripted('theirs', [100, 4, 2, 3], asked), caseName: 'unprepared' },
    ];
    const [ours, theirs] = await measureInTurns(contestants, 3);
    const round = ['ours prepared', 'theirs unprepared'];
    expect(asked).toEqual([...round, ...round, ...round, ...round]);
    expect(ours?.milliseconds).toEqual([2, 6, 9]);
    expect(ours && timingOf(ours)).toEqual({ median_ms: 6, min_ms: 2, max_ms: 9 });
    // Of the rounds' ratios 1/2, 3 and 3, not of the medians 6 and 3.
    expect(ours && theirs && ratioOf(ours, theirs)).toBe(3);
  });

  test('who does not have the case is left out', async () => {
    const contestants = ['has', 'has not'].map((name) => ({
      peer: scripted(name, name === 'has' ? [1, 1] : []),
      caseName: 'a',
    }));
    expect((await measureInTurns(contestants, 1)).map(({ peer }) => peer.name)).toEqual(['has']);
  });

  test('a peer that forgets a case is an error', async () => {
    await expect(measureInTurns([{ peer: scripted('forgetful', [1, 1]), caseName: 'a' }], 2)).rejects.toThrow(
      'the peer forgetful had a and has it no longer',
    );
  });
});

describe('cases of episodes', () => {
  test.each([
    'infer-7shot.resnet101.320',
    'infer-1shot-whole-mask.vgg16.400',
    'infer-prepared-1shot.tiny.96',
    'learner.resnet50.400.separable',
  ])('%s is one', (name) => {
    expect(findCase(name)?.name).toBe(name);
  });

  test.each([
    'infer-0shot.tiny.96',
    'infer-1shot.resnet152.400',
    'learner.tiny.96.dense',
    'learner.tiny',
    'learner.tiny.96.full.more',
    'infer-prepared-1shot-whole-mask.tiny.96',
    'infer-1shot.tiny.1e2',
  ])('%s is none', (name) => {
    expect(findCase(name)).toBeUndefined();
  });

  test.each(targets)('the target of $what against $peer names a case', ({ caseName, peerCase = caseName }) => {
    expect(findCase(caseName)?.name).toBe(caseName);
    expect(findCase(peerCase)?.name).toBe(peerCase);
  });
});
