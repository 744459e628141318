import { samplers, type QueryOrder, type Sampler } from '@hypercorr/datasets';
import type { VoteRule } from '@hypercorr/hsnet';
import { counted } from './cli/words.ts';

/** Samplers as options name them: the published episodes are those of NumPy's legacy generator with seed 0. */
export const samplerNames = [...samplers, 'numpy-legacy-0'] as const;
type SamplerName = (typeof samplerNames)[number];

/** What size predictions are compared at: the one that the model saw, or the mask's own. */
export const scoreSizes = ['model', 'original'] as const;
/** What void pixels (255) are in the score: left out, or background. */
export const voidRules = ['ignore', 'background'] as const;

/** How a prediction is made of K shots and compared with the truth. */
export interface ScoringRules {
  readonly scoreSize: (typeof scoreSizes)[number];
  readonly void: (typeof voidRules)[number];
  readonly vote: VoteRule;
}

/** Everything about a score but the model and the data: figures of different protocols are not to be compared. */
export interface Protocol extends ScoringRules {
  readonly sampler: Sampler;
  readonly queries: QueryOrder;
  /** How many episodes a seed; every image of every class once when undefined. */
  readonly episodes: number | undefined;
  /** Samples whose object has fewer pixels, at the mask's own size, are left out. 0 leaves none out. */
  readonly minPixels: number;
}

/** As published for HSNet, at the model's size: what all presets start from. */
export const publishedRules: ScoringRules = { scoreSize: 'model', void: 'ignore', vote: 'published' };

/** Objects have at least 2 · 32 · 32 pixels in the lists of OSLSM and PFENet. */
const smallObject = 2 * 32 * 32;

/** Which queries, and how many: PASCAL-5i's pairs in turn, COCO-20i's drawn, FSS-1000's images each once. */
function customary(
  benchmark: string,
  episodes: Readonly<Record<'pascal' | 'coco', number>>,
): Pick<Protocol, 'queries' | 'episodes'> {
  if (benchmark === 'pascal') return { queries: 'in-order', episodes: episodes.pascal };
  if (benchmark === 'coco') return { queries: 'random', episodes: episodes.coco };
  return { queries: 'in-order', episodes: undefined };
}

type Preset = (benchmark: string) => Protocol;

const ours: Preset = () => ({
  ...publishedRules,
  sampler: 'hypercorr',
  queries: 'in-order',
  episodes: undefined,
  minPixels: 0,
});
const published: Preset = (benchmark) => ({
  ...publishedRules,
  sampler: 'numpy-legacy',
  ...customary(benchmark, { pascal: 1000, coco: 1000 }),
  minPixels: 0,
});
const counting: Preset = (benchmark) => ({
  ...ours(benchmark),
  ...customary(benchmark, { pascal: 5000, coco: 20_000 }),
  scoreSize: 'original',
  minPixels: smallObject,
});

/**
 * Protocols by name.
 *
 * - `hypercorr`: this library's: supports are distinct, and every class has every image once as the query.
 * - `hsnet`: the published evaluation (Min et al., ICCV 2021); with seed 0 its episodes, draw for draw.
 * - `hsnet-original`: the same with its `--use_original_imgsize`.
 * - `pfenet`: the counting of PFENet (Tian et al., TPAMI 2020; test.py of github.com/dvlab-research/PFENet): original sizes, no
 *   small objects, 5000 episodes of PASCAL and 20,000 of COCO. Its draws are not reproduced: they are this library's.
 */
export const presets = {
  hypercorr: ours,
  hsnet: published,
  'hsnet-original': (benchmark) => ({ ...published(benchmark), scoreSize: 'original' }),
  pfenet: counting,
} as const satisfies Readonly<Record<string, Preset>>;

export type ProtocolName = keyof typeof presets;
export const protocolNames = [
  'hypercorr',
  'hsnet',
  'hsnet-original',
  'pfenet',
] as const satisfies readonly ProtocolName[];

/** The protocol of a benchmark where nobody says which: the published one, if it has one. */
function usualProtocol(benchmark: string): ProtocolName {
  return ['pascal', 'coco', 'fss'].includes(benchmark) ? 'hsnet' : 'hypercorr';
}

/** The options that change a preset, in the order in which they are told. */
const optionNames = [
  ['sampler', 'sampler'],
  ['queries', 'queries'],
  ['episodes', 'episodes'],
  ['scoreSize', 'score-size'],
  ['void', 'void'],
  ['minPixels', 'min-pixels'],
  ['vote', 'vote'],
] as const satisfies readonly (readonly [keyof Protocol, string])[];

/** What options say of a protocol. */
export interface ProtocolSettings {
  readonly protocol?: ProtocolName | undefined;
  readonly sampler?: SamplerName | undefined;
  readonly queries?: QueryOrder | undefined;
  readonly episodes?: number | undefined;
  readonly scoreSize?: ScoringRules['scoreSize'] | undefined;
  readonly void?: ScoringRules['void'] | undefined;
  readonly minPixels?: number | undefined;
  readonly vote?: VoteRule | undefined;
}

export interface NamedProtocol extends Protocol {
  readonly name: ProtocolName;
  /** What is otherwise than in the preset, by its options' names. */
  readonly changed: readonly string[];
}

/** A preset with what options change of it. Under `hypercorr`, a number of episodes asks for random ones. */
export function resolveProtocol(settings: ProtocolSettings, benchmark: string): NamedProtocol {
  const name = settings.protocol ?? usualProtocol(benchmark);
  const preset: Protocol = presets[name](benchmark);
  const base =
    name === 'hypercorr' && settings.episodes !== undefined
      ? { ...preset, queries: 'random' as const, episodes: settings.episodes }
      : preset;
  const {
    sampler = base.sampler,
    queries = base.queries,
    episodes = base.episodes,
    scoreSize = base.scoreSize,
  } = settings;
  const { void: ofVoid = base.void, minPixels = base.minPixels, vote = base.vote } = settings;
  const protocol = { sampler: samplerOf(sampler), queries, episodes, scoreSize, void: ofVoid, minPixels, vote };
  return {
    ...protocol,
    name,
    changed: optionNames.filter(([key]) => protocol[key] !== base[key]).map(([, option]) => option),
  };
}

/**
 * The protocol on so many pairs of all folds together, as a model of other data is scored on them. A preset's number of
 * episodes is meant for one fold: the published 1000 are more than the pairs of any fold of PASCAL-5i, whose classes each have
 * some, and of all folds, 1868 pairs, they would leave out the last classes. There every pair is the query once.
 */
export function onAllFolds(protocol: NamedProtocol, pairs: number): NamedProtocol {
  const { queries, episodes = pairs } = protocol;
  if (queries === 'random' || episodes >= pairs) return protocol;
  const changed = optionNames
    .map(([, option]) => option)
    .filter((option) => option === 'episodes' || protocol.changed.includes(option));
  return { ...protocol, episodes: undefined, changed };
}

function samplerOf(name: SamplerName): Sampler {
  return name === 'numpy-legacy-0' ? 'numpy-legacy' : name;
}

/** What an evaluation was, for the words about it. */
export interface Evaluated {
  /** Names the data: "pascal/fold 0". */
  readonly data: string;
  /** "5 classes", or "4 of 5 classes" where not all were reached. */
  readonly classes: string;
  readonly shots: string;
  /** What images were resized to: "400×400". */
  readonly size: string;
  /** The first seed, and how many. */
  readonly seed: number;
  readonly seeds: number;
  /** The file that episodes were read from. */
  readonly episodesFrom?: string | undefined;
}

/** All of a protocol in a sentence, as it stands beside every figure. */
export function protocolInWords(
  protocol: NamedProtocol,
  { data, classes, shots, size, seed, seeds, episodesFrom }: Evaluated,
): string {
  const { name, changed, scoreSize, minPixels } = protocol;
  return [
    `${name}${changed.length === 0 ? '' : `, changed in ${changed.join(', ')}`}`,
    episodesFrom === undefined ? drawnInWords(protocol, seed, seeds) : `the episodes of ${episodesFrom}`,
    `${classes} of ${data}, ${shots}-shot`,
    `images at ${size}, scored ${scoreSize === 'original' ? "at the masks' own sizes" : 'there'}, void ${protocol.void === 'ignore' ? 'left out' : 'as background'}`,
    ...(minPixels === 0 ? [] : [`objects of at least ${counted(minPixels, 'pixel')}`]),
    ...(shots === '1' ? [] : [voteInWords[protocol.vote]]),
  ].join('; ');
}

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
