import { packageTests } from '../../scripts/vitest-base.ts';

// Plain loops over eight axes take seconds on a busy machine.
export default packageTests({ testTimeout: 60_000 });
