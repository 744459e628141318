import { formatShape } from '@hypercorr/tensor/op';
import type { Complexity, KernelName } from '@hypercorr/hsnet';
import { mebibytes } from '@hypercorr/train';
import { formatTable } from '../../cli/text-table.ts';
import { published } from './published.ts';

/** The model's cost with one of the 4D convolutions. */
export interface KernelCost {
  readonly kernel: KernelName;
  readonly cost: Complexity;
}

export function layerTable({ layers }: Complexity): string {
  const heading = ['layer', 'output', 'parameters', 'multiply-adds', 'memory'];
  const rows = layers.map(({ name, output, params, macs, activationBytes }) => [
    name,
    output === undefined ? 'folded' : formatShape(output),
    count(params),
    giga(macs),
    mebibytes(activationBytes),
  ]);
  return formatTable([heading, ...rows]);
}

export function totals({ learnerParams, backboneParams, macs, peakBytes }: Complexity): string {
  return formatTable([
    ['', 'parameters', 'multiply-adds'],
    ['learner', count(learnerParams), giga(macs.learner)],
    ['backbone, an image', count(backboneParams), giga(macs.backbone)],
    ['correlation', '', giga(macs.correlation)],
    ['an episode', count(learnerParams + backboneParams), giga(macs.learner + 2 * macs.backbone + macs.correlation)],
    ['maximum memory, estimated', '', mebibytes(peakBytes)],
  ]);
}

/** The learner's cost with each 4D convolution, beside the paper's measurements. */
export function ablationTable(kernels: readonly KernelCost[]): string {
  const heading = ['4D convolution', 'parameters', 'multiply-adds', 'published: params', 'GFLOPs', 'memory', 'time'];
  const rows = kernels.map(({ kernel, cost }) => {
    const { params, gigaFlops, memory, milliseconds } = published[kernel];
    const theirs = [
      `${params.toFixed(1)} M`,
      gigaFlops.toFixed(2),
      `${memory.toFixed(2)} GB`,
      `${milliseconds.toFixed(2)} ms`,
    ];
    return [kernel, count(cost.learnerParams), giga(cost.macs.learner), ...theirs];
  });
  const note =
    'The published figures are for ResNet-101 at 400×400 on one GPU. The paper does not say how its FLOPs and the 4.4 M were\n' +
    'counted. Multiply-adds here are those of the learner: every tap of every convolution at every output position, also on\n' +
    'padding. One multiply-add is two floating-point operations.';
  return `${formatTable([heading, ...rows])}\n${note}`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function giga(macs: number): string {
  return `${(macs / 1e9).toFixed(macs < 1e7 ? 4 : 2)} G`;
}
