import { add, matmul, reshape, type MatMul, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, matMulShape, reshapeOp, run, sizeOf, type Fits, type MatMulCheck } from '@hypercorr/tensor/op';
import { Parameter } from '../cell.ts';
import { fanInUniform, splitKey, type InitialisationOptions } from '../initialise.ts';
import { Module } from '../module.ts';

export interface LinearOptions<In extends number, Out extends number> extends InitialisationOptions {
  readonly inFeatures: In;
  readonly outFeatures: Out;
  /** Whether to add a bias; true by default. */
  readonly bias?: boolean;
}

const names = { inFeatures: true, outFeatures: true, bias: true, key: true, engine: true };

/** y = x Wᵀ + b over the last axis. */
export class Linear<In extends number = number, Out extends number = number> extends Module {
  /** [outFeatures, inFeatures] */
  readonly weight: Parameter<readonly [Out, In], 'float32'>;
  /** [outFeatures] */
  readonly bias: Parameter<readonly [Out], 'float32'> | undefined;

  constructor(options: LinearOptions<In, Out>) {
    super();
    checkOptions('linear', options, names);
    const { inFeatures, outFeatures, bias = true, key, ...creation } = options;
    const [weightKey, biasKey] = splitKey(key);
    this.weight = new Parameter(fanInUniform(weightKey, [outFeatures, inFeatures], inFeatures, creation));
    this.bias = bias ? new Parameter(fanInUniform(biasKey, [outFeatures], inFeatures, creation)) : undefined;
  }

  /**
   * @param x [..., inFeatures], two axes or more
   * @returns [..., outFeatures]
   * @throws ShapeError for other features
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<MatMulCheck<'linear', S, readonly [Out, In], false, true>>,
  ): Tensor<MatMul<S, readonly [Out, In], false, true>, 'float32'> {
    const { weight, bias } = this;
    const { shape, k } = matMulShape('linear', x.shape, weight.value.shape, false, true);
    // As one matrix, so that the weight's gradient is one matrix product and not one for each index of the leading
    // axes.
    const rows = reshape(x, [sizeOf(shape.slice(0, -1)), k]);
    const products = matmul(rows, weight.value, { transposeB: true });
    const y = bias === undefined ? products : add(products, bias.value);
    return run(reshapeOp, { x: y }, { shape });
  }
}
