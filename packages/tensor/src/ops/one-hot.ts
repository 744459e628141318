import { arange } from '../create.ts';
import type { DType } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { checkSizes, formatShape, type Fits, type Shape, type SizesCheck } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { equalOp } from './comparisons.ts';
import { reshape } from './reshape.ts';

export interface OneHotOptions<D extends DType> {
  /** The dtype of the result; float32 when left out. */
  readonly dtype?: D;
}

const oneHotOptions = { dtype: true };

/**
 * One-hot vectors: for each label, 1 at the position of its class and 0 at all others, y[…, c] = [labels[…] = c].
 * `oneHot` compares the labels with every class and casts the result, so it needs no kernel of its own. No gradient
 * flows.
 *
 * @param labels int32, from 0 to classes − 1
 * @returns […, classes]
 * @throws ShapeError for a number of classes that is no size, or a label that is no class (the gpu backend cannot check
 * labels in time and gives such a label no 1); DTypeError for labels that are not int32
 * @category Indices and order
 */
export function oneHot<S extends Shape, const Classes extends number, D extends DType = 'float32'>(
  labels: Tensor<S, 'int32'>,
  classes: Classes & Fits<SizesCheck<'oneHot', readonly [Classes]>>,
  options: OneHotOptions<D> = {},
): Tensor<readonly [...S, Classes], NoInfer<D>> {
  checkOptions('oneHot', options, oneHotOptions);
  const { dtype = 'float32' as D } = options;
  checkSizes('oneHot', [classes]);
  if (labels.dtype !== 'int32') throw new DTypeError('oneHot', `the labels are ${labels.dtype}, expected int32`);
  checkLabels(labels, classes);
  return scope(() => {
    const column = reshape(labels, [...labels.shape, 1]);
    const isClass: Tensor = run(
      equalOp,
      { a: column, b: arange(classes, { dtype: 'int32', engine: labels.engine }) },
      {},
    );
    return cast(isClass, dtype) as Tensor<readonly [...S, Classes], D>;
  });
}

/** Refuses labels that are no class, except on a GPU, where reading them would mean waiting. */
function checkLabels(labels: Tensor<Shape, 'int32'>, classes: number): void {
  const { backend } = labels.engine;
  if (backend.readSync === undefined) return;
  const all = backend.readSync(labels.storage('oneHot').handle, labels.dtype, labels.size);
  const other = all.find((label) => label < 0 || label >= classes);
  if (other === undefined) return;
  throw new ShapeError(
    'oneHot',
    `label ${other} is none of ${classes} classes; got labels ${formatShape(labels.shape)}`,
  );
}
