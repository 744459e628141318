import { packageTests } from '../../scripts/vitest-base.ts';

// Whole commands run here, several of them train.
export default packageTests({ testTimeout: 120_000, hookTimeout: 120_000 });
