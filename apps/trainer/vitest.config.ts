import { packageTests } from '../../scripts/vitest-base.ts';

// Whole commands run here, several of them train. Much of that is one thread's work: two files at a time, on two processors too.
export default packageTests({ testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 });
