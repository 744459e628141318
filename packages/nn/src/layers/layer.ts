import type { Shape, Tensor } from '@hypercorr/tensor';
import type { Module } from '../module.ts';

/** A module that maps one tensor to another, or returns its input. A `Sequential` is made of layers. */
export interface Layer extends Module {
  forward(x: Tensor<Shape, 'float32'>): Tensor<Shape, 'float32'>;
}
