import { packageTests } from '../../scripts/vitest-base.ts';

// They measure memory.
export default packageTests({ isolated: ['test/pytorch/hostile.test.ts', 'test/training.test.ts'] });
