import { packageTests } from '../../scripts/vitest-base.ts';

export default packageTests();
