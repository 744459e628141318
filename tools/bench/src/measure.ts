import { setTimeout } from 'node:timers/promises';
import type { Answer, Peer, PeerStart } from './peers.ts';
import { median, round, summarise, type Timing } from './timing.ts';

/** One side of a measurement: a peer and its case. */
export interface Contestant {
  readonly peer: Peer;
  readonly caseName: string;
}

/** The times of a contestant in each round. */
export interface Times extends Contestant {
  readonly milliseconds: readonly number[];
  /** The last answer, for its figures besides the time. */
  readonly last: Answer;
}

/**
 * Times contestants in turns, so that a noisy machine slows all alike. A contestant whose peer does not have the case
 * is left out.
 */
export async function measureInTurns(contestants: readonly Contestant[], rounds: number): Promise<readonly Times[]> {
  const running: (Contestant & { readonly answers: Answer[] })[] = [];
  for (const contestant of contestants) {
    await rest();
    // The first run prepares the case, and is not counted.
    if ((await contestant.peer.ask(contestant.caseName)) !== undefined) running.push({ ...contestant, answers: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { peer, caseName, answers } of running) {
      await rest();
      const answer = await peer.ask(caseName);
      if (answer === undefined) throw new Error(`the peer ${peer.name} had ${caseName} and has it no longer`);
      answers.push(answer);
    }
  }
  return running.flatMap(({ answers, ...contestant }) => {
    const last = answers.at(-1);
    return last === undefined ? [] : [{ ...contestant, milliseconds: answers.map(({ ms }) => ms), last }];
  });
}

/**
 * Waits: threads of other libraries keep spinning for some ten milliseconds after their work, and would slow the next
 * library down.
 */
function rest(): Promise<void> {
  return setTimeout(150);
}

export function timingOf({ milliseconds }: Times): Timing {
  return summarise(milliseconds);
}

/** The median over the rounds of ours / theirs. */
export function ratioOf(ours: Times, theirs: Times): number {
  return round(median(ours.milliseconds.map((milliseconds, i) => milliseconds / (theirs.milliseconds[i] ?? NaN))));
}

/** Peak of the resident set, in MB, of a process that only runs a case twice. */
export async function peakMemory({ start }: PeerStart, caseName: string): Promise<number | undefined> {
  const peer = start();
  try {
    await peer.ask(caseName);
    return (await peer.ask(caseName))?.peak_rss_mb;
  } finally {
    peer.close();
  }
}
