import { packageTests } from '../../scripts/vitest-base.ts';

// Models of millions of parameters run in plain loops, on one thread.
export default packageTests({ testTimeout: 300_000 });
