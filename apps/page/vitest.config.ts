import { packageTests } from '../../scripts/vitest-base.ts';

// Pages are built and opened in a browser, where a GPU may be drawn in software.
export default packageTests({ testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false });
