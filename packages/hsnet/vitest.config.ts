import { packageTests } from '../../scripts/vitest-base.ts';

// Models of millions of parameters are filled, and run in plain loops.
export default packageTests({ testTimeout: 60_000 });
