import { expect, test } from 'vitest';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { fixtureTolerance } from '../../../vision/test/support/fixtures.ts';
import { fixtureNames, publishedDistances } from '../support/published-model.ts';

const engine = useEngine('reference');

// ResNet-101 has the layers of ResNet-50, more of them: it is held to PyTorch's values on WebAssembly.
test.each(['resnet50', 'vgg16'] as const)(
  "%s's features, correlations and logits are PyTorch's",
  { timeout: 300_000 },
  (backbone) => {
    const distances = publishedDistances(backbone, engine(), 'shared');
    expect(Object.keys(distances).toSorted()).toEqual(fixtureNames(backbone).toSorted());
    expect(Math.max(...Object.values(distances)), JSON.stringify(distances)).toBeLessThanOrEqual(fixtureTolerance);
  },
);
