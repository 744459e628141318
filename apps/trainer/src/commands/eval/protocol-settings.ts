import type { QueryOrder } from '@hypercorr/datasets';
import {
  protocolFor,
  type NamedProtocol,
  type ProtocolName,
  type ProtocolPart,
  type ScoringRules,
  type VoteRule,
} from '@hypercorr/hsnet';
import type { samplerNames } from '../../cli/options.ts';

/** What options say of a protocol. */
export interface ProtocolSettings {
  readonly protocol?: ProtocolName | undefined;
  readonly sampler?: (typeof samplerNames)[number] | undefined;
  readonly queries?: QueryOrder | undefined;
  readonly episodes?: number | undefined;
  readonly scoreSize?: ScoringRules['scoreSize'] | undefined;
  readonly void?: ScoringRules['void'] | undefined;
  readonly minPixels?: number | undefined;
  readonly vote?: VoteRule | undefined;
}

/** The protocol that options ask for, on a benchmark. */
export function resolveProtocol(settings: ProtocolSettings, benchmark: string): NamedProtocol {
  const { protocol, sampler, ...asked } = settings;
  return protocolFor(benchmark, protocol, {
    ...asked,
    sampler: sampler === 'numpy-legacy-0' ? 'numpy-legacy' : sampler,
  });
}

/** The option that changes each part of a protocol. */
export const optionOfPart = {
  sampler: 'sampler',
  queries: 'queries',
  episodes: 'episodes',
  scoreSize: 'score-size',
  void: 'void',
  minPixels: 'min-pixels',
  vote: 'vote',
} as const satisfies Record<ProtocolPart, string>;
