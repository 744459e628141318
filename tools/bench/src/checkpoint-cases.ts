import { checkpoint } from '@hypercorr/autograd';
import { Conv2d, ReLU, Sequential, lossAndGradients } from '@hypercorr/nn';
import { childKeys, key, mean, normal, scope, square, type Engine } from '@hypercorr/tensor';
import type { BenchCase } from './case.ts';

const [batch, channels, side] = [4, 32, 64];
const layers = 64;

/** The same layers one after another, divided into this many parts. */
function chainOf(parts: number, engine: Engine): readonly Sequential[] {
  const keys = childKeys(key(1), layers);
  const layer = (index: number) => [
    new Conv2d({
      inChannels: channels,
      outChannels: channels,
      kernel: 3,
      padding: 1,
      key: keys[index] ?? null,
      engine,
    }),
    new ReLU(),
  ];
  const length = layers / parts;
  return Array.from(
    { length: parts },
    (_, part) => new Sequential(...Array.from({ length }, (_, i) => layer(part * length + i)).flat()),
  );
}

function chainCase(name: string, parts: number, wrap: typeof checkpoint): BenchCase {
  return {
    name,
    // Counts the forward pass and both gradients, but not the second forward pass.
    flops: 3 * 2 * layers * batch * side ** 2 * channels ** 2 * 9,
    prepare(engine) {
      const x = normal(key(0), [batch, channels, side, side], { engine });
      const chain = chainOf(parts, engine);
      const parameters = Object.fromEntries(
        chain.flatMap((part, i) => Object.entries(part.namedParameters()).map(([of, cell]) => [`${i}.${of}`, cell])),
      );
      const computeLoss = () => {
        const run = chain.map((part) => wrap((v: ReturnType<Sequential['forward']>) => part.forward(v)));
        return mean(square(run.reduce((y, part) => scope(() => part(y)), x as ReturnType<Sequential['forward']>)));
      };
      return () => void scope(() => lossAndGradients(parameters, computeLoss));
    },
  };
}

/**
 * 64 convolutions 3×3 with ReLU, forward and backward: once with all results kept, once with the results computed again
 * in parts.
 */
export const checkpointCases: readonly BenchCase[] = [
  chainCase('conv-chain.64', 1, (f) => f),
  ...[4, 8, 16].map((parts) => chainCase(`conv-chain.64.checkpoint-${parts}`, parts, checkpoint)),
];
