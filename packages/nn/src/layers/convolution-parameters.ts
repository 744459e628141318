import { ShapeError, type Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import { Parameter } from '../cell.ts';
import { fanInUniform, splitKey, type InitialisationOptions } from '../initialise.ts';

/** Settings that convolutions over any number of axes have. */
export interface ConvolutionOptions<In extends number, Out extends number> extends InitialisationOptions {
  readonly inChannels: In;
  readonly outChannels: Out;
  readonly groups?: number;
  /** Whether to add a bias; true by default. */
  readonly bias?: boolean;
}

/**
 * The weight and the bias of a convolution, drawn as PyTorch's are: uniform in ±1/√(inputs of one output), where the
 * weight's second axis counts as the inputs, also of a transposed convolution.
 *
 * @param shape of the weight: `[outputs, inputs / groups, …]`, or `[inputs, outputs / groups, …]` if transposed
 * @throws ShapeError for channels that `groups` do not divide
 */
export function convolutionParameters<W extends Shape, Out extends number>(
  layer: string,
  shape: W,
  { inChannels, outChannels, groups = 1, bias = true, key, engine }: ConvolutionOptions<number, Out>,
): { readonly weight: Parameter<W, 'float32'>; readonly bias: Parameter<readonly [Out], 'float32'> | undefined } {
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new ShapeError(layer, `${groups} groups do not divide ${inChannels} channels into ${outChannels}`);
  }
  const creation = engine === undefined ? {} : { engine };
  const fanIn = sizeOf(shape.slice(1));
  const [weightKey, biasKey] = splitKey(key);
  return {
    weight: new Parameter(fanInUniform(weightKey, shape, fanIn, creation)),
    bias: bias ? new Parameter(fanInUniform(biasKey, [outChannels], fanIn, creation)) : undefined,
  };
}
