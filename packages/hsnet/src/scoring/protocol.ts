import type { QueryOrder, Sampler } from '@hypercorr/datasets';
import type { VoteRule } from '../prediction.ts';
import { counted } from '@hypercorr/train';

/** The size that predictions are compared at: the size that the model sees, or that of the mask's file. */
export const scoreSizes = ['model', 'original'] as const;
/** What void pixels (255) count as: nothing, or background. */
export const voidRules = ['ignore', 'background'] as const;

/** How a prediction is made of K shots and compared with the truth. */
export interface ScoringRules {
  readonly scoreSize: (typeof scoreSizes)[number];
  readonly void: (typeof voidRules)[number];
  readonly vote: VoteRule;
}

/** Everything that a score depends on, except the model and the data. Figures of different protocols cannot be compared. */
export interface Protocol extends ScoringRules {
  readonly sampler: Sampler;
  readonly queries: QueryOrder;
  /** Episodes of each seed; undefined: every image of every class is the query once. */
  readonly episodes: number | undefined;
  /** Samples whose object has fewer pixels, at the mask's own size, are left out. 0 leaves none out. */
  readonly minPixels: number;
}

/** HSNet's published rules, at the model's size. All presets start from them. */
export const publishedRules: ScoringRules = { scoreSize: 'model', void: 'ignore', vote: 'published' };

/** The lists of OSLSM and PFENet have objects of at least so many pixels. */
const smallObject = 2 * 32 * 32;

/** Which queries, and how many: PASCAL-5i takes its pairs in turn, COCO-20i draws them, FSS-1000 takes each image once. */
function customary(
  benchmark: string,
  episodes: Readonly<Record<'pascal' | 'coco', number>>,
): Pick<Protocol, 'queries' | 'episodes'> {
  if (benchmark === 'pascal') return { queries: 'in-order', episodes: episodes.pascal };
  if (benchmark === 'coco') return { queries: 'random', episodes: episodes.coco };
  return { queries: 'in-order', episodes: undefined };
}

/** A protocol for each benchmark. */
export type ProtocolPreset = (benchmark: string) => Protocol;

const ours: ProtocolPreset = () => ({
  ...publishedRules,
  sampler: 'hypercorr',
  queries: 'in-order',
  episodes: undefined,
  minPixels: 0,
});
const published: ProtocolPreset = (benchmark) => ({
  ...publishedRules,
  sampler: 'numpy-legacy',
  ...customary(benchmark, { pascal: 1000, coco: 1000 }),
  minPixels: 0,
});
const counting: ProtocolPreset = (benchmark) => ({
  ...ours(benchmark),
  ...customary(benchmark, { pascal: 5000, coco: 20_000 }),
  scoreSize: 'original',
  minPixels: smallObject,
});

/**
 * Protocols by name, for a benchmark (`'pascal'`, `'coco'`, `'fss'`; any other name is data of one's own).
 *
 * - `hypercorr`: this library's protocol. Supports are distinct, and every class has every image once as the query.
 * - `hsnet`: the published evaluation (Min et al., ICCV 2021). With seed 0 it has the published episodes, draw for draw.
 * - `hsnet-original`: the same with the published program's `--use_original_imgsize`.
 * - `pfenet`: PFENet's way of counting (Tian et al., TPAMI 2020; test.py of github.com/dvlab-research/PFENet): original
 *   sizes, no small objects, 5000 episodes of PASCAL and 20,000 of COCO. The episodes are drawn by this library's sampler.
 */
export const protocols = {
  hypercorr: ours,
  hsnet: published,
  'hsnet-original': (benchmark) => ({ ...published(benchmark), scoreSize: 'original' }),
  pfenet: counting,
} as const satisfies Readonly<Record<string, ProtocolPreset>>;

export type ProtocolName = keyof typeof protocols;
export const protocolNames = [
  'hypercorr',
  'hsnet',
  'hsnet-original',
  'pfenet',
] as const satisfies readonly ProtocolName[];

/** The protocol for a benchmark where nobody chooses one: the published protocol, if the benchmark has one. */
export function usualProtocol(benchmark: string): ProtocolName {
  return ['pascal', 'coco', 'fss'].includes(benchmark) ? 'hsnet' : 'hypercorr';
}

/** A protocol that starts from a preset. */
export interface NamedProtocol extends Protocol {
  readonly name: ProtocolName;
  /** The parts that differ from the preset, in the order of `protocolParts`. */
  readonly changed: readonly ProtocolPart[];
}

/** The parts of a protocol, in the order in which they are named. */
export const protocolParts = ['sampler', 'queries', 'episodes', 'scoreSize', 'void', 'minPixels', 'vote'] as const;
export type ProtocolPart = (typeof protocolParts)[number];

/** Parts of a protocol that somebody asks for. Undefined parts stay as the preset has them. */
export type AskedProtocol = { readonly [Part in ProtocolPart]?: Protocol[Part] | undefined };

/**
 * A preset with some parts changed. Under `hypercorr`, a number of episodes asks for random episodes.
 *
 * @param name the preset; `usualProtocol(benchmark)` when absent
 */
export function protocolFor(
  benchmark: string,
  name: ProtocolName = usualProtocol(benchmark),
  asked: AskedProtocol = {},
): NamedProtocol {
  const preset: Protocol = protocols[name](benchmark);
  const base =
    name === 'hypercorr' && asked.episodes !== undefined
      ? { ...preset, queries: 'random' as const, episodes: asked.episodes }
      : preset;
  const { sampler = base.sampler, queries = base.queries, episodes = base.episodes } = asked;
  const { scoreSize = base.scoreSize, void: ofVoid = base.void, minPixels = base.minPixels, vote = base.vote } = asked;
  const protocol = { sampler, queries, episodes, scoreSize, void: ofVoid, minPixels, vote };
  return { ...protocol, name, changed: protocolParts.filter((part) => protocol[part] !== base[part]) };
}

/**
 * The protocol for all folds together, as a model of other data is scored on them: every pair is the query once. A
 * preset's number of episodes is meant for one fold. The published 1000 are more than the pairs of any fold of PASCAL-5i,
 * so that each class has some; of all 1868 pairs they would leave out the last classes.
 *
 * @param pairs how many pairs the folds have together
 */
export function onAllFolds(protocol: NamedProtocol, pairs: number): NamedProtocol {
  const { queries, episodes = pairs } = protocol;
  if (queries === 'random' || episodes >= pairs) return protocol;
  const changed = protocolParts.filter((part) => part === 'episodes' || protocol.changed.includes(part));
  return { ...protocol, episodes: undefined, changed };
}

/** An evaluation, for the words about it. */
export interface Evaluated {
  /** Names the data: "pascal/fold 0". */
  readonly data: string;
  /** "5 classes", or "4 of 5 classes" where not all were reached. */
  readonly classes: string;
  readonly shots: string;
  /** What images were resized to: "400×400". */
  readonly size: string;
  /** The first seed. */
  readonly seed: number;
  /** How many seeds. */
  readonly seeds: number;
  /** The file that episodes were read from. */
  readonly episodesFrom?: string | undefined;
}

/** All of a protocol in a sentence, to stand beside every figure. */
export function protocolInWords(
  protocol: NamedProtocol,
  { data, classes, shots, size, seed, seeds, episodesFrom }: Evaluated,
): string {
  const { name, changed, scoreSize, minPixels } = protocol;
  return [
    `${name}${changed.length === 0 ? '' : `, changed in ${changed.map((part) => partInWords[part]).join(', ')}`}`,
    episodesFrom === undefined ? drawnInWords(protocol, seed, seeds) : `the episodes of ${episodesFrom}`,
    `${classes} of ${data}, ${shots}-shot`,
    `images at ${size}, scored ${scoreSize === 'original' ? "at the masks' own sizes" : 'there'}, void ${protocol.void === 'ignore' ? 'left out' : 'as background'}`,
    ...(minPixels === 0 ? [] : [`objects of at least ${counted(minPixels, 'pixel')}`]),
    ...(shots === '1' ? [] : [voteInWords[protocol.vote]]),
  ].join('; ');
}

const partInWords = {
  sampler: 'sampler',
  queries: 'queries',
  episodes: 'episodes',
  scoreSize: 'score size',
  void: 'void',
  minPixels: 'least pixels',
  vote: 'vote',
} as const satisfies Record<ProtocolPart, string>;

function drawnInWords({ sampler, queries, episodes }: Protocol, seed: number, seeds: number): string {
  const order = {
    'in-order':
      episodes === undefined
        ? 'every-query: each image once as the query'
        : `${counted(episodes, 'episode')}, images in turn as the query`,
    random: `random: ${episodes === undefined ? 'as many episodes as images' : counted(episodes, 'episode')}, class uniform, then image`,
  }[queries];
  const last = seed + seeds - 1;
  const range = seeds === 1 ? `${seed}` : `${seed} to ${last}`;
  return sampler === 'hypercorr'
    ? `${order}, supports drawn without repetition, ${seeds === 1 ? 'seed' : 'seeds'} ${range}`
    : `${order}, supports drawn by numpy-legacy-${range}, which may repeat them`;
}

const voteInWords = {
  published: "foreground from half of the image's most votes on",
  majority: 'foreground from half of the shots on',
  probability: 'foreground above a mean probability of a half',
} as const satisfies Record<VoteRule, string>;
