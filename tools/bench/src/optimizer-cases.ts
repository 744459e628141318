import { HPNLearner, pyramidTaps, tapCounts } from '@hypercorr/hsnet';
import { Adam } from '@hypercorr/nn';
import { key, normal, scope } from '@hypercorr/tensor';
import { backboneTaps } from '@hypercorr/vision';
import type { BenchCase } from './case.ts';

/** One step over the 2.6 million parameters of HSNet's learner for ResNet-50, from existing gradients. */
export const optimizerCases: readonly BenchCase[] = [
  {
    name: 'adam.learner',
    flops: 0,
    prepare(engine) {
      const model = new HPNLearner({ taps: tapCounts(pyramidTaps(backboneTaps.resnet50)), key: key(0), engine });
      const parameters = Object.entries(model.namedParameters());
      const gradients = Object.fromEntries(
        parameters.map(([name, { value }], i) => [name, normal(key(i), value.shape, { engine })]),
      );
      const optimizer = new Adam(model);
      return () => scope(() => optimizer.step(gradients));
    },
  },
];
