import { ShapeError } from '@hypercorr/tensor';
import type { Episode } from '../episode/dataset.ts';
import { checkSize, type Size } from '../image/image.ts';
import { moduleBeside } from '../source/module-beside.ts';
import type { Source } from '../source/source.ts';
import type { CompositeReading } from './composite-reader.ts';
import type { CutOuts } from './cut-outs.ts';
import { checkComposites, planComposite, type CompositeOptions, type CompositePlan } from './plan-composite.ts';

export interface CompositeSourceOptions extends CompositeOptions {
  /** The size of the pictures. */
  readonly size: Size;
}

/** Cut-outs are about this large on average when they are remembered. */
const usualBytes = 100_000;
const mostCacheBytes = 2 ** 29;

/**
 * Episodes of cut-outs pasted on backgrounds, without an end. The query and each support show a cut-out of one class, the
 * supports other ones than the query where the class has enough: large and small, turned, mirrored, cut off by the border,
 * sometimes several, with objects of other classes before and behind them. The masks mark what is visible of the class.
 * An item depends only on the cut-outs, the options and its number.
 *
 * @throws ShapeError for options out of their range; FormatError for cut-outs without classes, and for empty ones
 */
export function compositeSource(
  cutOuts: CutOuts,
  { size, ...options }: CompositeSourceOptions,
): Source<Episode, CompositePlan> {
  checkSize('composites', size);
  checkComposites(cutOuts, options);
  const pictures =
    cutOuts.classes.reduce((sum, each) => sum + each.cutOuts.length, 0) + (options.backgrounds?.length ?? 0);
  const reading: CompositeReading = { size: { width: size.width, height: size.height } };
  return {
    unit: 'episode',
    cacheBytes: Math.min(mostCacheBytes, 2 * usualBytes * pictures),
    plan(index) {
      if (!Number.isSafeInteger(index) || index < 0)
        throw new ShapeError('composites', `an episode's number must be whole, from 0; got ${index}`);
      return planComposite(cutOuts, options, index);
    },
    reader: { module: moduleBeside('composite-reader', import.meta.url), options: reading },
  };
}
