import type { EpisodeItem, Size } from '@hypercorr/datasets';
import { readSample } from '@hypercorr/datasets/node';
import type { HSNet, PreparedSupports } from '@hypercorr/hsnet';
import { scope } from '@hypercorr/tensor';
import { itemTensors } from '@hypercorr/vision';
import { CommandError, describeFailure } from '../failure.ts';
import type { SupportText } from './support-text.ts';

/** What a model knows of a class. */
export interface PreparedClass {
  readonly className: string;
  readonly supports: PreparedSupports;
}

/**
 * Reads every support at the network's size, and computes its features.
 *
 * @throws CommandError with a line for each support that cannot be used; nothing is left behind then
 */
export async function prepareClasses(
  model: HSNet,
  classes: ReadonlyMap<string, readonly SupportText[]>,
  size: Size,
): Promise<readonly PreparedClass[]> {
  const faults: string[] = [];
  const read: [className: string, items: EpisodeItem[]][] = [];
  for (const [className, supports] of classes) {
    const items: EpisodeItem[] = [];
    for (const { image, mask } of supports) {
      try {
        items.push(await readSupport(image, mask, size));
      } catch (error) {
        faults.push(describeFailure(error));
      }
    }
    read.push([className, items]);
  }
  if (faults.length > 0) throw new CommandError(faults.join('\n'));
  return read.map(([className, items]) => ({
    className,
    supports: scope(() => model.prepare(items.map((item) => itemTensors(item)))),
  }));
}

async function readSupport(image: string, mask: string, size: Size): Promise<EpisodeItem> {
  const item = await readSample({ image, mask }, size);
  if (!item.mask.data.includes(1)) {
    throw new CommandError(
      `${mask}: no pixel is marked (at ${size.width}×${size.height}); a support's mask has to show the object`,
    );
  }
  return item;
}
