import { packageTests } from '../../scripts/vitest-base.ts';

// Networks of millions of parameters are filled and run: two files at a time, on two processors too.
export default packageTests({ testTimeout: 120_000, maxWorkers: 2 });
