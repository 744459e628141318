import { valueAndGrad } from '@hypercorr/autograd';
import { CenterPivotConv4d } from '@hypercorr/conv4d';
import { fromArray, key, mul, scope, sum, uniform } from '@hypercorr/tensor';
import type { BenchCase } from './case.ts';

/** A center-pivot layer of HSNet's learner with ResNet-50 at 400×400; the stride is on the support plane. */
interface LearnerLayer {
  readonly name: string;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly [hq: number, wq: number, hs: number, ws: number];
  readonly kernel: number;
  readonly stride: number;
}

const layers: readonly LearnerLayer[] = [
  { name: 'shallow.0', channels: 4, outputs: 16, size: [50, 50, 50, 50], kernel: 5, stride: 4 },
  { name: 'shallow.3', channels: 16, outputs: 64, size: [50, 50, 13, 13], kernel: 5, stride: 4 },
  { name: 'shallow.6', channels: 64, outputs: 128, size: [50, 50, 4, 4], kernel: 3, stride: 2 },
  { name: 'middle.0', channels: 6, outputs: 16, size: [25, 25, 25, 25], kernel: 5, stride: 4 },
  { name: '4to3', channels: 128, outputs: 128, size: [25, 25, 2, 2], kernel: 3, stride: 1 },
  { name: '3to2', channels: 128, outputs: 128, size: [50, 50, 2, 2], kernel: 3, stride: 1 },
];

/** Counts every tap of both planes, padding included, with two operations for each multiply-add. */
function flopsOf({ channels, outputs, size: [hq, wq, hs, ws], kernel, stride }: LearnerLayer): number {
  return 2 * hq * wq * Math.ceil(hs / stride) * Math.ceil(ws / stride) * channels * outputs * 2 * kernel ** 2;
}

function prepared(
  { channels, outputs, size, kernel, stride }: LearnerLayer,
  engine: Parameters<BenchCase['prepare']>[0],
) {
  const settings = { inChannels: channels, outChannels: outputs, kernel, stride: { support: stride } };
  return {
    conv: new CenterPivotConv4d({ ...settings, key: key(0), engine }),
    x: uniform(key(1), [1, channels, ...size], { min: -1, max: 1, engine }),
  };
}

const forward = (layer: LearnerLayer): BenchCase => ({
  name: `conv4d.${layer.name}.forward`,
  flops: flopsOf(layer),
  prepare(engine) {
    const { conv, x } = prepared(layer, engine);
    return () => void scope(() => void conv.forward(x));
  },
});

/** Correlations of a support whose mask covers the middle quarter. All other correlations are zero. */
const maskedForward = (layer: LearnerLayer): BenchCase => ({
  name: `conv4d.${layer.name}.forward-masked`,
  flops: flopsOf(layer),
  prepare(engine) {
    const { conv, x } = prepared(layer, engine);
    const [, , hs, ws] = layer.size;
    const inside = (i: number, size: number): boolean => i >= size / 4 && i < (3 * size) / 4;
    const mask = Float32Array.from({ length: hs * ws }, (_, i) =>
      Number(inside(Math.floor(i / ws), hs) && inside(i % ws, ws)),
    );
    const masked = mul(x, fromArray(mask, [1, 1, 1, 1, hs, ws], { engine }));
    return () => void scope(() => void conv.forward(masked));
  },
});

/** Forward, and the gradients of the input and all weights. */
const forwardBackward = (layer: LearnerLayer): BenchCase => ({
  name: `conv4d.${layer.name}.forward-backward`,
  flops: 3 * flopsOf(layer),
  prepare(engine) {
    const { conv, x } = prepared(layer, engine);
    const cotangent = scope(() => uniform(key(2), conv.forward(x).shape, { engine }));
    const parameters = conv.namedParameters();
    const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
    return () => void scope(() => void valueAndGrad(() => sum(mul(conv.forward(x), cotangent)))({ x, ...values }));
  },
});

export const conv4dCases: readonly BenchCase[] = [
  ...layers.flatMap((layer) => [forward(layer), forwardBackward(layer)]),
  // Only the first layer of each level sees masked correlations.
  ...layers.filter(({ name }) => name.endsWith('.0')).map(maskedForward),
];
