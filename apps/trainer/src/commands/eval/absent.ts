import { absentQueries, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { showsClass } from '@hypercorr/datasets/node';
import { listed } from '@hypercorr/tensor/op';
import type { TerminalLog } from '@hypercorr/train/node';
import { UsageError } from '../../cli/failure.ts';

export interface AbsentSettings {
  /** How many queries each class gets that do not show it. */
  readonly queries: number;
  readonly shots: number;
  readonly seed: number;
}

/**
 * Plans queries that do not show the class of their supports.
 *
 * @param option the option that asks for them, for errors
 * @throws UsageError where there are none: for data of a single class, and where every photograph shows every class
 */
export async function planAbsent(
  dataset: Dataset,
  settings: AbsentSettings,
  { option, log }: { readonly option: string; readonly log: Pick<TerminalLog, 'warn'> },
): Promise<readonly EpisodePlan[]> {
  const [only, second] = dataset.classes;
  if (only !== undefined && second === undefined)
    throw new UsageError(
      `${option} needs photographs of other classes, and ${dataset.name} has the class ${only.name} alone; name several classes`,
    );
  const { plans, shownByAll } = await absentQueries(dataset, { ...settings, shows: showsClass() });
  if (plans.length === 0)
    throw new UsageError(
      `${option} needs photographs without a class, and every photograph of ${dataset.name} shows all of them`,
    );
  if (shownByAll.length > 0)
    log.warn(`every photograph of the other classes shows ${listed(shownByAll)}, too: there is no query without it`);
  return plans;
}
