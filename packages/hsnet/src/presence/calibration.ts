import { FormatError, ShapeError } from '@hypercorr/tensor';
import { fieldsOf, number, parsedFields, text, texts, whole } from '../described-fields.ts';
import { fitLogistic } from './logistic-regression.ts';
import { presenceFeatures, presenceScore } from './presence.ts';
import { presenceStatistics, type PresenceStatistic, type PresenceStatistics } from './statistics.ts';

/** The pairs of supports and queries that scores were calibrated on. */
export interface CalibrationData {
  /** The data's name. */
  readonly data: string;
  readonly classes: readonly string[];
  readonly shots: number;
  /** The network saw images at size × size pixels. */
  readonly size: number;
  readonly seed: number;
  /** Pairs whose query shows the class, and pairs whose query does not. */
  readonly present: number;
  readonly absent: number;
}

/** How the statistics of a probability map become a score, and which scores are found. It belongs to one file of weights. */
export interface PresenceCalibration {
  /** A logistic regression on the log-odds of the statistics. */
  readonly intercept: number;
  readonly coefficients: Readonly<Record<PresenceStatistic, number>>;
  /** The least score of a class that is found. */
  readonly threshold: number;
  readonly on: CalibrationData;
}

/** What a model said of one pair. */
export interface PresencePair {
  readonly statistics: PresenceStatistics;
  /** Whether the vote marks a pixel. */
  readonly marked: boolean;
  /** Whether the query shows the class. */
  readonly present: boolean;
}

/**
 * Fits a calibration: a logistic regression for the score, and the highest threshold that keeps a share of the pairs that
 * show the class. Both kinds of pairs weigh the same. Where too many of them have an empty mask, no threshold keeps the
 * share, and it is 0.
 *
 * @param options `keep`: the share of pairs with the class that are found, more than 0 and at most 1
 * @throws ShapeError without pairs of either kind, and for another share
 */
export function fitPresence(
  pairs: readonly PresencePair[],
  { keep, ...on }: Omit<CalibrationData, 'present' | 'absent'> & { readonly keep: number },
): PresenceCalibration {
  if (!(keep > 0 && keep <= 1))
    throw new ShapeError('fitPresence', `the share to keep is above 0 and at most 1; got ${keep}`);
  const { intercept, coefficients } = fitLogistic(
    pairs.map(({ statistics, present }) => ({ features: presenceFeatures(statistics), positive: present })),
  );
  const [top = 0, inside = 0, area = 0, match = 0] = coefficients;
  const present = pairs.filter((pair) => pair.present);
  const fitted = {
    intercept,
    coefficients: { top, inside, area, match },
    threshold: 0,
    on: { ...on, present: present.length, absent: pairs.length - present.length },
  };
  const scores = present
    .filter(({ marked }) => marked)
    .map(({ statistics }) => presenceScore(statistics, fitted))
    .toSorted((a, b) => b - a);
  return { ...fitted, threshold: scores[Math.ceil(keep * present.length) - 1] ?? 0 };
}

/** The name of the calibration among a file's free texts. */
export const presenceKey = 'hypercorr.presence';

/** The calibration as a free text of a file of weights. */
export function formatPresence({ intercept, coefficients, threshold, on }: PresenceCalibration): string {
  const { data, classes, shots, size, seed, present, absent } = on;
  const { top, inside, area, match } = coefficients;
  return JSON.stringify({
    intercept,
    coefficients: { top, inside, area, match },
    threshold,
    on: { data, classes, shots, size, seed, present, absent },
  });
}

/**
 * Reads the calibration from a file's free texts.
 *
 * @returns undefined for a file without one
 * @throws FormatError for a text that this version does not understand
 */
export function parsePresence(metadata: Readonly<Record<string, string>>): PresenceCalibration | undefined {
  const written = metadata[presenceKey];
  if (written === undefined) return undefined;
  const entries = parsedFields(written, 'the calibration');
  const coefficients = fieldsOf(entries.get('coefficients'), 'coefficients');
  const unknown = [...coefficients.keys()].find((name) => !presenceStatistics.some((each) => each === name));
  // A score without one of its parts would be another score.
  if (unknown !== undefined) throw new FormatError('description', `${unknown} is no statistic that this version knows`);
  const on = fieldsOf(entries.get('on'), 'on');
  return {
    intercept: number(entries, 'intercept'),
    coefficients: {
      top: number(coefficients, 'top'),
      inside: number(coefficients, 'inside'),
      area: number(coefficients, 'area'),
      match: number(coefficients, 'match'),
    },
    threshold: number(entries, 'threshold', [0, 1]),
    on: {
      data: text(on, 'data'),
      classes: texts(on, 'classes'),
      shots: whole(on, 'shots', 1),
      size: whole(on, 'size', 1),
      seed: whole(on, 'seed', Number.MIN_SAFE_INTEGER),
      present: whole(on, 'present', 1),
      absent: whole(on, 'absent', 1),
    },
  };
}
