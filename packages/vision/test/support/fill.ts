import { type Module } from '@hypercorr/nn';
import { fromArray, scope, type Engine, type Shape, type Tensor } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import { fillerValues } from '../../../nn/test/support/filler.ts';

/** The filler's values of a name as a tensor, as the fixtures' inputs are. */
export function filler<const S extends Shape>(name: string, shape: S, engine: Engine): Tensor<S, 'float32'> {
  return fromArray(fillerValues(name, sizeOf(shape)), shape as Shape, { engine }) as Tensor<Shape, 'float32'> as Tensor<
    S,
    'float32'
  >;
}

/**
 * Gives every cell of a module the value that the fixtures' models were made with, by its name and kind:
 *
 *     weights of convolutions  v √(3 / fan in)
 *     weights of norms         1 + 0.1 v   (bn3 of a residual block: 0.3 + 0.1 v)
 *     biases, running means    0.1 v
 *     running variances        1 + 0.5 |v|
 *
 * @param gain multiplies every value of two or more axes, in float32
 */
export function fill(module: Module, gain = 1): void {
  scope(() => {
    const state = Object.entries(module.stateDict()).map(([name, { shape, dtype, engine }]) => {
      if (dtype === 'int32') return [name, fromArray(new Int32Array(1), [], { engine })] as const;
      return [name, fromArray(filled(name, shape, gain), shape, { engine })] as const;
    });
    module.loadStateDict(Object.fromEntries(state));
  });
}

/** In float32 arithmetic, as NumPy did it. */
function filled(name: string, shape: Shape, gain: number): Float32Array {
  const values = fillerValues(name, sizeOf(shape));
  const { fround, sqrt, abs } = Math;
  const tenth = fround(0.1);
  if (/(bias|running_mean)$/.test(name)) return values.map((v) => fround(tenth * v));
  if (name.endsWith('running_var')) return values.map((v) => fround(1 + fround(0.5 * abs(v))));
  if (shape.length < 2) {
    const center = fround(name.includes('.bn3.') ? 0.3 : 1);
    return values.map((v) => fround(center + fround(tenth * v)));
  }
  const bound = fround(sqrt(3 / sizeOf(shape.slice(1))));
  return values.map((v) => fround(gain * fround(v * bound)));
}
