import { packageTests } from '../../scripts/vitest-base.ts';

// They replace threads, and measure memory.
export default packageTests({
  isolated: ['test/**/episode-loader.test.ts', 'test/**/prefetcher.test.ts', 'test/mask/read-png.test.ts'],
});
