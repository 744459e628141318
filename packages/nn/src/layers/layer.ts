import type { Shape, Tensor } from '@hypercorr/tensor';
import type { Module } from '../module.ts';

/** A module that makes one tensor of another, or hands it on: what a `Sequential` is made of. */
export interface Layer extends Module {
  forward(x: Tensor<Shape, 'float32'>): Tensor<Shape, 'float32'>;
}
