// Shape rules: each is a type and a function. Operations use the type in their signature and the function in `infer`.
export type { Multiply } from './arithmetic.ts';
export {
  resolveAxes,
  resolveAxis,
  resolveEach,
  type AxesCheck,
  type AxisCheck,
  type DropAxes,
  type Places,
  type Position,
  type ReplaceAxis,
} from './axes.ts';
export {
  broadcastConflict,
  broadcastShape,
  broadcastShapes,
  broadcastToShape,
  type BroadcastCheck,
  type BroadcastConflict,
  type BroadcastToCheck,
} from './broadcast.ts';
export {
  conv2dShape,
  convTranspose2dShape,
  type Conv1dCheck,
  type Conv2dCheck,
  type Conv3dCheck,
  type ConvTranspose1dCheck,
  type ConvTranspose3dCheck,
  type ConvTranspose2dCheck,
  type TransposedWindow,
} from './conv.ts';
export { einsumShape, type EinsumCheck, type EinsumPlan } from './einsum.ts';
export {
  channelsOf,
  expectRank,
  expectShape,
  type Channels,
  type ChannelsCheck,
  type ExpectCheck,
  type RankCheck,
} from './expect.ts';
export { gatherAxis, type GatherCheck } from './gather.ts';
export { concatShape, stackShape, type ConcatCheck, type InsertAxis, type StackCheck } from './join.ts';
export { countOfLastAxes, type LastAxesCheck } from './last-axes.ts';
export { matMulShape, type MatMulCheck } from './matmul.ts';
export { nestedShape, type NestedCheck } from './nested.ts';
export { padShape, type PadCheck } from './pad.ts';
export { permuteShape, transposeOrder, type PermuteCheck } from './permute.ts';
export { checkNotEmpty, reduceShape } from './reduce.ts';
export { reshapeShape, type ReshapeCheck } from './reshape.ts';
export { gridSampleShape, type GridSampleCheck } from './sample.ts';
export { indexSelectShape, resolveIndex } from './select.ts';
export {
  checkSizes,
  formatShape,
  sameShape,
  sizeAt,
  sizeOf,
  type BadSize,
  type Fits,
  type FormatShape,
  type FormatSize,
  type Overlap,
  type ShapeFault,
  type SizesCheck,
} from './shape.ts';
export { sliceShape, type SliceCheck } from './slice.ts';
export { topKShape, type TopKCheck } from './sort.ts';
export { splitSizes, type SplitCheck } from './split.ts';
export { pixelShuffleShape, pixelUnshuffleShape } from './pixel-shuffle.ts';
export { tileShape, type TileCheck } from './tile.ts';
export {
  checkSetting,
  pair,
  triple,
  pool2dShape,
  resize2dShape,
  windowSizes,
  type ImageCheck,
  type MovingWindow,
  type SequenceCheck,
  type VolumeCheck,
  type Window,
} from './window.ts';
