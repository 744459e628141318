import { packageTests } from '../../scripts/vitest-base.ts';

// Models of millions of parameters are filled, and run in plain loops on one thread: two files at a time, on two processors too.
export default packageTests({ testTimeout: 120_000, maxWorkers: 2 });
