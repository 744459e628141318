import type { PresenceCalibration } from './calibration.ts';
import { presenceStatistics, type PresenceStatistics } from './statistics.ts';

/** Whether an image shows a class. */
export interface Presence {
  /**
   * How sure it is that the image shows the class, a number in [0, 1]. Of calibrated weights it is a probability, for as many
   * images with the class as without it; of others the statistic `match`, which only ranks.
   */
  readonly score: number;
  /** Whether the class has a mask: the score reaches the threshold, and the vote marks a pixel. */
  readonly found: boolean;
}

/** Statistics are kept this far from 0 and 1, so that their log-odds are finite. */
const margin = 1e-4;

/** What the regression sees: the log-odds ln(p / (1 − p)) of each statistic, in the order of `presenceStatistics`. */
export function presenceFeatures(statistics: PresenceStatistics): readonly number[] {
  return presenceStatistics.map((name) => {
    const p = Math.min(1 - margin, Math.max(margin, statistics[name]));
    return Math.log(p / (1 - p));
  });
}

/**
 * The score of presence. Without a calibration it is the statistic `match`.
 *
 * @returns a number in [0, 1]
 */
export function presenceScore(statistics: PresenceStatistics, calibration?: PresenceCalibration): number {
  if (calibration === undefined) return statistics.match;
  const features = presenceFeatures(statistics);
  const odds = presenceStatistics.reduce(
    (sum, name, i) => sum + calibration.coefficients[name] * (features[i] ?? 0),
    calibration.intercept,
  );
  return 1 / (1 + Math.exp(-odds));
}

/**
 * Whether an image shows a class: its score reaches the least one, and the vote marks a pixel.
 *
 * @param seen `marked`: whether the vote marks a pixel
 * @param asked the least score that somebody asks for; that of the weights when absent. Weights without a calibration have
 * none, and find whatever the vote marks
 */
export function presenceOf(
  { statistics, marked }: { readonly statistics: PresenceStatistics; readonly marked: boolean },
  calibration: PresenceCalibration | undefined,
  asked?: number,
): Presence {
  const score = presenceScore(statistics, calibration);
  return { score, found: marked && score >= (asked ?? calibration?.threshold ?? 0) };
}
