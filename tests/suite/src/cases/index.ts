import type { OpCase } from '../case.ts';
import type { OpExport } from '../records.ts';
import { activations } from './activations.ts';
import { arithmetic } from './arithmetic.ts';
import { classification, classificationFunctions } from './classification.ts';
import { contraction } from './contraction.ts';
import { conv4d } from './conv4d.ts';
import { convolutionFunctions } from './convolution.ts';
import { functions } from './functions.ts';
import { hypercorrelations } from './hypercorrelation.ts';
import { imageFunctions, images } from './images.ts';
import { indexing, indexingFunctions } from './indexing.ts';
import { linear } from './linear.ts';
import { movement } from './movement.ts';
import { normalisation, normalisingFunctions } from './normalisation.ts';
import { optimisation } from './optimisation.ts';
import { outside } from './outside.ts';
import { pooling } from './pooling.ts';
import { programs } from './programs.ts';
import { rearranging } from './rearranging.ts';
import { reductions } from './reductions.ts';
import { resampling } from './resampling.ts';
import { logicalFunctions, rounding } from './rounding.ts';
import { sampling } from './sampling.ts';

/** One case for every record: a record without one does not compile. */
export const cases: Readonly<Record<OpExport, OpCase>> = {
  ...arithmetic,
  ...functions,
  ...movement,
  ...indexing,
  ...reductions,
  ...linear,
  ...images,
  ...classification,
  ...normalisation,
  ...optimisation,
  ...sampling,
  ...rounding,
  ...pooling,
};

/** Those, programs, and the operations of other packages: all that have kernels of their own. */
export const kernelCases: Readonly<Record<string, OpCase>> = {
  ...cases,
  ...programs,
  ...conv4d,
  ...outside,
  ...hypercorrelations,
};

/** Those, and functions that are composed of several operations. */
export const allCases: Readonly<Record<string, OpCase>> = {
  ...kernelCases,
  ...imageFunctions,
  ...indexingFunctions,
  ...contraction,
  ...classificationFunctions,
  ...normalisingFunctions,
  ...convolutionFunctions,
  ...activations,
  ...logicalFunctions,
  ...rearranging,
  ...resampling,
};
