// The types of shapes in public signatures: those of arguments and of results. The rules are in `rules.ts`.
export type { AxesArg } from './axes.ts';
export type { Broadcast } from './broadcast.ts';
export type { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from './conv.ts';
export type { Einsum } from './einsum.ts';
export type { Concat, Stack } from './join.ts';
export type { MatMul } from './matmul.ts';
export type { NestedData, NestedShape } from './nested.ts';
export type { Pad, PadWidth } from './pad.ts';
export type { Permute, Transpose } from './permute.ts';
export type { Reduce } from './reduce.ts';
export type { Reshape } from './reshape.ts';
export type { GridSample } from './sample.ts';
export type { IndexSelect } from './select.ts';
export type { Shape } from './shape.ts';
export type { Slice, SliceRange } from './slice.ts';
export type { Split, SplitParts } from './split.ts';
export type { Pair, PairPadding, Pool1d, Pool2d, Pool3d, Resize2d, Sides, Triple, TriplePadding } from './window.ts';
