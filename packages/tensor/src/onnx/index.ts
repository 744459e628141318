import { axesLowerings } from './axes.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { layerLowerings } from './layers.ts';
import type { Lowering } from './lowering.ts';

export { lowering, type GraphBuilder, type GraphValue, type Lowering, type NodeAttribute } from './lowering.ts';

/** The ONNX operators that the operations of `@hypercorr/tensor` become. */
export const tensorLowerings: readonly Lowering[] = [...elementwiseLowerings, ...axesLowerings, ...layerLowerings];
