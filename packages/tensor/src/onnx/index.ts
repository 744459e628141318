import { axesLowerings } from './axes.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { layerLowerings } from './layers.ts';
import type { Lowering } from './lowering.ts';

export { lowering, type GraphBuilder, type GraphValue, type Lowering, type NodeAttribute } from './lowering.ts';

/** What the operations of `@hypercorr/tensor` become in an ONNX file. */
export const tensorLowerings: readonly Lowering[] = [...elementwiseLowerings, ...axesLowerings, ...layerLowerings];
